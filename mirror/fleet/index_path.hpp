// SPDX-License-Identifier: Apache-2.0
// Where things lie below the base URL of any master or mirror, for everyone who asks for them.
// PEP 503 (pages), PEP 381 (signatures, key).
#pragma once

#include <verify/index/file_path.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/project_page.hpp>

#include <string>
#include <string_view>

namespace heliograph::mirror {

/// Each is relative to the base URL, which ends with `/`.
inline constexpr std::string_view signer_chain_path = "serverkey.crt";
inline constexpr std::string_view revocation_lists_path = "serverkey.crl";
inline constexpr std::string_view mirrors_document_path = "mirrors.json";
inline constexpr std::string_view mirrors_signature_path = "mirrors.json.sig";

/// The header field in which a page brings its own detached signature along, in base64: the bytes
/// of signature_path(), without a second request and without a moment between the two.
inline constexpr std::string_view page_signature_field = "X-Page-Signature";

/// `simple/wheel/`. @thread Safe.
[[nodiscard]] std::string page_path(const verify::ProjectName& project);

/// `serversig/wheel` or `serversig/wheel.json`. @thread Safe.
[[nodiscard]] std::string signature_path(const verify::ProjectName& project, verify::PageForm form);

/// The same of one key, where a page is signed by two: `serversig/wheel.json.<64 hex digits>`.
/// @param key  verify::key_id() of it. @thread Safe.
[[nodiscard]] std::string signature_path(
    const verify::ProjectName& project, verify::PageForm form, const pki::Sha256& key
);

/// `packages/aa/bb/rest/file`. @thread Safe.
[[nodiscard]] std::string file_path(const verify::FilePath& file);

/// `integrity/wheel/1.0/<file>/provenance`. @thread Safe. @source PEP 740.
[[nodiscard]] std::string provenance_path(const verify::DistFileName& file);

}  // namespace heliograph::mirror
