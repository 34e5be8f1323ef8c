// SPDX-License-Identifier: Apache-2.0
// What a command that is run again and again may write over: what it wrote before, and nothing
// else.
#pragma once

#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>

#include <filesystem>
#include <vector>

namespace heliograph::tools::pki_commands {

/// That nothing is at @p output but an OCSP response, which is not one of those that the authority
/// in @p folder keeps.
/// @errors exists (another file, which stays), io, denied.
[[nodiscard]] Outcome check_replaces_response(
    const std::filesystem::path& output, const std::filesystem::path& folder
);

/// That nothing is at @p output but a bundle of roots, one of these among them, and none of those
/// files: the root that is read, the bundle of the system.
/// @param kept  Need not be there.
/// @errors exists (another file, which stays), io, denied.
[[nodiscard]] Outcome check_replaces_bundle(
    const std::filesystem::path& output,
    const std::vector<pki::Certificate>& roots,
    const std::vector<std::filesystem::path>& kept
);

}  // namespace heliograph::tools::pki_commands
