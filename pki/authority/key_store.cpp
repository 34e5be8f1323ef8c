// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/key_store.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/key_file.hpp>

namespace heliograph::pki {

std::string published_name(const Certificate& issuer) {
    constexpr std::size_t digits = 16;
    return issuer.fingerprint().to_hex().substr(0, digits);
}

Result<PrivateKey> load_authority_key(
    const std::filesystem::path& path,
    const Certificate& certificate,
    const PassphraseSource& passphrase
) {
    auto loaded = load_private_key(path, passphrase);
    if (!loaded && loaded.error().code() == ErrorCode::not_found) {
        return Error(
            ErrorCode::io,
            "expected the key of '" + certificate.subject() + "' in " + path.string() +
                ", saw no such file; bring it there from where it is kept (its backup, or the disk "
                "that is offline) and run the same command again"
        );
    }
    if (!loaded) {
        return std::move(loaded).error();
    }
    PrivateKey key = std::move(loaded).value();
    if (!(key.public_key() == certificate.public_key())) {
        return Error(
            ErrorCode::conflict,
            "expected " + path.string() + " to hold the key of '" + certificate.subject() +
                "', saw another key; restore the file from your backup"
        );
    }
    return key;
}

Result<Certificate> load_authority_certificate(const std::filesystem::path& path) {
    HG_TRY(const Bytes text, read_file(path, certificate_limit_bytes * 2));
    auto certificate = Certificate::parse_pem(text_of(text));
    if (!certificate) {
        return std::move(certificate).error().at(path.string());
    }
    return certificate;
}

}  // namespace heliograph::pki
