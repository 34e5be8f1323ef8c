// SPDX-License-Identifier: Apache-2.0
// What somebody proves an identity with: private key, its certificate, and the intermediates to
// send along.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/key.hpp>
#include <pki/x509/certificate.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// A key and the certificate for exactly this key.
struct Credential {
    PrivateKey key;
    Certificate leaf;
    std::vector<Certificate> intermediates;

    /// @param bundle_pem  The key block and the certificates, leaf first, in one text: a
    /// `bundle.pem`. At most 1 MiB.
    /// @errors malformed, not_found (no key or no certificate), unsupported, too_large,
    ///         invalid_argument (the key does not belong to the first certificate).
    [[nodiscard]] static Result<Credential> parse_bundle(ByteSpan bundle_pem);

    /// @errors not_found (no certificate), invalid_argument (the key does not belong to the first
    /// one).
    [[nodiscard]] static Result<Credential> combine(PrivateKey key, std::vector<Certificate> chain);

    /// Reads a bundle from a file that only its owner can read (see read_secret_file).
    [[nodiscard]] static Result<Credential> load_bundle(const std::filesystem::path& path);

    /// Reads key (owner-only) and chain (leaf, then intermediates) from two files.
    struct Files {
        std::filesystem::path key;
        std::filesystem::path chain;
    };
    [[nodiscard]] static Result<Credential> load(const Files& files);

    /// Key, leaf, intermediates in one text, for a file with mode 0600.
    [[nodiscard]] SecretBytes to_bundle_pem() const;

    /// Leaf and intermediates, no secret.
    [[nodiscard]] std::string chain_pem() const;
};

/// The certificates of a text that may hold other blocks too, a key for one: those are passed over
/// unread.
/// @param pem  At most 1 MiB and 16 certificates.
/// @param demand  `any` reads keys of every kind.
/// @errors malformed, too_large, unsupported. @thread Safe.
[[nodiscard]] Result<std::vector<Certificate>> certificates_in(
    std::string_view pem, KeyDemand demand = KeyDemand::supported
);

}  // namespace heliograph::pki
