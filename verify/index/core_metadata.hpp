// SPDX-License-Identifier: Apache-2.0
// Core metadata: METADATA of a wheel, PKG-INFO of a source archive. PEP 566, 621, 643.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/version.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::verify {

/// The fields that an index needs.
struct CoreMetadata {
    std::string metadata_version;  ///< `2.1`.
    ProjectName name;
    Version version;
    std::optional<std::string> requires_python;  ///< As written; published packages have some that
                                                 ///< PEP 440 does not accept.
    std::string display_name{};                  ///< The name as written: `Zope.Interface`.
};

/// Reads the header fields; the description body is not looked at.
/// @param text  At most limits::core_metadata_bytes; each field at most once.
/// @errors malformed (a field missing, twice or invalid, metadata version 3 or later), too_large.
/// @thread Safe. @cost Linear in the header part.
/// @source Core metadata specifications 1.0 to 2.4; RFC 822 header syntax with folding.
[[nodiscard]] Result<CoreMetadata> parse_core_metadata(std::string_view text);

}  // namespace heliograph::verify
