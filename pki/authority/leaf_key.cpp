// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/leaf_key.hpp>
#include <pki/authority/place.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/pem.hpp>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t leaf_key_limit_bytes = 1024U * 1024U;

Error other_key(const fs::path& file) {
    return {
        ErrorCode::conflict,
        "expected " + file.string() +
            " to hold the key of the certificate, saw another key; 'pki rekey' makes a new one"};
}

// Of the file the encrypted block alone, whatever lies beside it.
Result<SecretBytes> encrypted_block(ByteSpan text) {
    PemReader reader(text_of(text));
    for (;;) {
        HG_TRY(const auto block, reader.next());
        HG_ASSERT(block.has_value());  // The caller has seen it.
        if (block->label == "ENCRYPTED PRIVATE KEY") {
            HG_TRY(const Bytes der, block->decode());
            return SecretBytes(bytes_of(render_pem(block->label, der)));
        }
    }
}

}  // namespace

Result<SecretBytes> render_leaf_key(const PrivateKey& key, const PassphraseSource& passphrase) {
    if (!passphrase) {
        return key.to_pem();
    }
    HG_TRY(const SecretBytes secret, passphrase());
    HG_TRY(const std::string locked, lock_private_key(key, secret));
    return SecretBytes(bytes_of(locked));
}

Result<LeafKey> keep_leaf_key(
    const fs::path& file, const Certificate& certificate, const PassphraseSource& passphrase
) {
    const PublicKey wanted = certificate.public_key();
    HG_TRY(const SecretBytes text, read_secret_file(file, leaf_key_limit_bytes));
    const auto encrypted = is_private_key_encrypted(text.expose());
    if (!encrypted) {
        return Error(encrypted.error()).at(file.string());
    }
    if (!*encrypted || passphrase) {
        const auto key = unlock_private_key(text.expose(), passphrase);
        if (!key) {
            return Error(key.error()).at(file.string());
        }
        if (!key->belongs_to(wanted)) {
            return other_key(file);
        }
        if (!*encrypted) {
            return LeafKey{wanted, key->to_pem()};
        }
    }
    HG_TRY(SecretBytes block, encrypted_block(text.expose()));
    return LeafKey{wanted, std::move(block)};
}

Outcome check_successor_protection(
    const AuthorityPaths& paths, const LedgerEntry& old, const PassphraseSource& passphrase
) {
    if (passphrase || old.archive || old.key_source == KeySource::request) {
        return {};
    }
    const fs::path file = place_of(paths, old) / "key.pem";
    const auto text = read_secret_file(file, leaf_key_limit_bytes);
    if (!text) {
        return {};  // Gone, or out of reach: it says nothing of how it was kept.
    }
    const auto encrypted = is_private_key_encrypted(text->expose());
    if (!encrypted || !*encrypted) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a passphrase for the new key of " + old.name + ", whose old key in " +
            file.string() +
            " is encrypted, saw none; name one with --key-passphrase-file or --key-passphrase-fd"
    );
}

Result<IssuedKey> form_of_key(ByteSpan pem) {
    if (pem.empty()) {
        return IssuedKey::elsewhere;
    }
    HG_TRY(const bool encrypted, is_private_key_encrypted(pem));
    return encrypted ? IssuedKey::encrypted : IssuedKey::plain;
}

}  // namespace heliograph::pki
