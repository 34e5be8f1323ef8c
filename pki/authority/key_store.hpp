// SPDX-License-Identifier: Apache-2.0
// Private: where the files of an authority lie, and its keys.
#pragma once

#include <pki/authority/authority_request.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/key.hpp>
#include <pki/crypto/pkcs11_key.hpp>
#include <pki/x509/certificate.hpp>

#include <filesystem>
#include <optional>
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
    [[nodiscard]] std::filesystem::path ocsp() const { return folder / "ocsp"; }
    [[nodiscard]] std::filesystem::path published() const { return folder / "public"; }
    [[nodiscard]] std::filesystem::path keys() const { return folder / "private"; }
    /// Of the first root and intermediate; the ledger knows the names of later ones.
    [[nodiscard]] std::filesystem::path root_key() const { return keys() / "root.key"; }
    [[nodiscard]] std::filesystem::path intermediate_key() const {
        return keys() / "intermediate.key";
    }
    /// Where a key of that name waits until the ledger knows it; backups pass such names over.
    [[nodiscard]] std::filesystem::path staged_key(const std::string& key_file) const {
        return keys() / ("." + key_file + ".tmp");
    }
};

/// What the public files of an issuer are called: two issuers never share a name.
[[nodiscard]] std::string published_name(const Certificate& issuer);

/// What opens the keys of an authority.
struct KeyAccess {
    PassphraseSource passphrase = {};  ///< Asked when a key is encrypted; empty: `unsupported`.
    DeviceAccess device = {};
};

/// What stands in the file of a key that is in a device: where it is. @source RFC 7512.
[[nodiscard]] std::string render_device_key(const Pkcs11Address& address);
/// @errors unsupported (no source of a PIN), those of open_pkcs11_key().
[[nodiscard]] Result<PrivateKey> open_device_key(
    const Pkcs11Address& address, const DeviceAccess& device
);
/// Where in a device the key is that a file names; none when it holds the key itself.
/// @errors not_found, denied, io, malformed (it begins as one that is in a device, and is none).
[[nodiscard]] Result<std::optional<Pkcs11Address>> device_key_address(
    const std::filesystem::path& path
);
/// Whether it is in one. @errors Those of device_key_address().
[[nodiscard]] Result<bool> is_device_key(const std::filesystem::path& path);

/// Reads a CA key, or opens the one in a device that the file names, and makes sure that it is the
/// one of the certificate.
/// @errors denied (others could read it, or a wrong passphrase), io (also: it is kept elsewhere, or
/// damaged), conflict (a key of another certificate).
[[nodiscard]] Result<PrivateKey> load_authority_key(
    const std::filesystem::path& path, const Certificate& certificate, const KeyAccess& access
);

/// @errors not_found, malformed, io.
[[nodiscard]] Result<Certificate> load_authority_certificate(const std::filesystem::path& path);

}  // namespace heliograph::pki
