// SPDX-License-Identifier: Apache-2.0
// Pages and lists of any mirror as they stand, read with tolerance: what our own pages must have
// and others lack (serials, relative places) is optional here. PEP 691, 700, 714, 792.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// One file as a page shows it.
struct AuditedFile {
    std::string url;  ///< As it stands there, relative perhaps.
    std::optional<pki::Sha256> sha256;
    std::optional<std::uint64_t> size_bytes;
    bool is_yanked = false;
    bool has_metadata = false;  ///< `core-metadata` or its older name is there and not false.
    std::optional<pki::Sha256> metadata_sha256;
};

struct AuditedPage {
    std::string api_version;
    std::optional<verify::Serial> serial;
    std::string status = "active";
    std::map<std::string, AuditedFile> files;  ///< By file name.
};

/// Projects with their serials, where the list says them.
struct AuditedList {
    std::optional<verify::Serial> serial;
    std::map<verify::ProjectName, std::optional<verify::Serial>> projects;
};

/// @param text  At most limits::page_bytes. @errors malformed, too_large. @thread Safe.
/// @cost One pass.
[[nodiscard]] Result<AuditedPage> parse_audited_page(std::string_view text);

/// @param text  At most limits::root_list_bytes; names that are none are passed over.
/// @errors malformed, too_large. @thread Safe. @cost One pass.
[[nodiscard]] Result<AuditedList> parse_audited_list(std::string_view text);

}  // namespace heliograph::mirror
