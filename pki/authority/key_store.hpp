// SPDX-License-Identifier: Apache-2.0
// Private: where the files of an authority lie, and its two keys.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>
#include <pki/x509/certificate.hpp>

#include <filesystem>
#include <string>

namespace heliograph::pki {

/// The names in an authority's folder; the picture is in authority.hpp.
struct AuthorityPaths {
    std::filesystem::path folder;

    [[nodiscard]] std::filesystem::path root() const { return folder / "root.crt"; }
    [[nodiscard]] std::filesystem::path intermediate() const { return folder / "intermediate.crt"; }
    [[nodiscard]] std::filesystem::path lists() const { return folder / "crl.pem"; }
    [[nodiscard]] std::filesystem::path ledger() const { return folder / "ledger.db"; }
    [[nodiscard]] std::filesystem::path lock() const { return folder / "lock"; }
    [[nodiscard]] std::filesystem::path issued() const { return folder / "issued"; }
    [[nodiscard]] std::filesystem::path retired() const { return folder / "retired"; }
    [[nodiscard]] std::filesystem::path keys() const { return folder / "private"; }
    [[nodiscard]] std::filesystem::path root_key() const { return keys() / "root.key"; }
    [[nodiscard]] std::filesystem::path intermediate_key() const {
        return keys() / "intermediate.key";
    }
};

/// Reads a CA key and makes sure that it is the one of the certificate.
/// @errors denied (others could read it), not_found, malformed, conflict (a key of another
/// certificate).
[[nodiscard]] Result<PrivateKey> load_authority_key(
    const std::filesystem::path& path, const Certificate& certificate
);

/// @errors not_found, malformed, io.
[[nodiscard]] Result<Certificate> load_authority_certificate(const std::filesystem::path& path);

}  // namespace heliograph::pki
