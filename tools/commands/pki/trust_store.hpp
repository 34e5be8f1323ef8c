// SPDX-License-Identifier: Apache-2.0
// Stores of trusted roots that this machine's programs read.
#pragma once

#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::tools::pki_commands {

enum class TrustChange { install, uninstall };

/// `0123456789abcdef`: tells roots of one name apart, in names of files and of entries.
[[nodiscard]] std::string short_fingerprint(const pki::Certificate& root);

/// The system's store: Debian's and Fedora's kind.
struct SystemStore {
    std::filesystem::path anchors;  ///< Where local roots lie, one file each.
    std::string program;            ///< What makes the store anew from them.
    std::vector<std::string> install;
    std::vector<std::string> uninstall;
};

/// @param prefix  `/`, or another root folder, for images and tests. @return None if there is no
/// store that we know.
[[nodiscard]] std::optional<SystemStore> find_system_store(const std::filesystem::path& prefix);

/// Puts the root's file there, or takes it away, and makes the store anew. Repeating it is
/// harmless.
/// @return  The file. @errors not_found (uninstall: it is not there; or the program), denied (the
/// sentence says to become root), io.
[[nodiscard]] Result<std::filesystem::path> change_system_store(
    const SystemStore& store, const pki::Certificate& root, TrustChange change
);

/// Databases of NSS of this user: Chromium's, and those of Firefox profiles.
[[nodiscard]] std::vector<std::filesystem::path> find_nss_databases();

/// With certutil, as an authority for servers only. Repeating it is harmless.
/// @errors not_found (no certutil; uninstall: not in this database), io (certutil failed).
[[nodiscard]] Outcome change_nss_database(
    const std::filesystem::path& folder, const pki::Certificate& root, TrustChange change
);

/// The bundle of all of the system's roots in PEM. @return None if there is none.
[[nodiscard]] std::optional<std::filesystem::path> find_system_bundle(
    const std::filesystem::path& prefix
);

}  // namespace heliograph::tools::pki_commands
