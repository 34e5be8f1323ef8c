// SPDX-License-Identifier: Apache-2.0
// Private: who may vouch for the server of an upstream that signs nothing.
#pragma once

#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>

#include <filesystem>
#include <vector>

namespace heliograph::mirror {

/// @param file  PEM certificates; at least one, at most 512, at most 1 MiB.
/// @errors malformed (also: none), too_large, unsupported, not_found, denied, io.
[[nodiscard]] Result<std::vector<pki::Certificate>> read_tls_roots(const std::filesystem::path& file
);

/// Those of this machine: of the file that SSL_CERT_FILE names, or else of the first that is there
/// of the places where systems keep theirs. Certificates of kinds that are not known here are left
/// out: they vouch for nobody.
/// @errors As above.
[[nodiscard]] Result<std::vector<pki::Certificate>> read_system_roots();

}  // namespace heliograph::mirror
