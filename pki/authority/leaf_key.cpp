// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/leaf_key.hpp>
#include <pki/authority/place.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/profile.hpp>

#include <optional>

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
        if (!block) {
            return Error(
                ErrorCode::unsupported,
                "expected a PEM block ENCRYPTED PRIVATE KEY, saw none in the text; convert an "
                "older form with 'openssl pkcs8 -topk8 -scrypt'"
            );
        }
        if (block->label == "ENCRYPTED PRIVATE KEY") {
            HG_TRY(const Bytes der, block->decode());
            return SecretBytes(bytes_of(render_pem(block->label, der)));
        }
    }
}

// The file that a server reads, which may have been given to its group or its user: it is looked at
// and thrown away, so that whoever else reads it says nothing of the key that is kept.
Result<SecretBytes> read_bundle(const fs::path& file) {
    HG_TRY(const Bytes text, read_file(file, leaf_key_limit_bytes));
    return SecretBytes(ByteSpan(text));
}

// What nobody opens is believed if it lies in both files: servers have shown that of the bundle.
Outcome check_bundle_has(const fs::path& bundle, const SecretBytes& block) {
    const auto text = read_bundle(bundle);
    if (!text) {
        const bool gone = text.error().code() == ErrorCode::not_found;
        return gone ? Outcome() : Outcome(text.error());
    }
    const auto there = encrypted_block(text->expose());
    if (there && equal_in_constant_time(there->expose(), block.expose())) {
        return {};
    }
    return Error(
        ErrorCode::conflict,
        "expected the encrypted key of key.pem in " + bundle.string() +
            " too, saw another; name its passphrase with --key-passphrase-file, so that it can be "
            "held against the certificate"
    );
}

// Whether a kind of certificate speaks for more than its owner: such a key is for nothing else.
bool is_trusted_alone(std::string_view kind) {
    return kind == leaf_kind_name(LeafKind::signer) || kind == leaf_kind_name(LeafKind::ocsp);
}

Error other_use(const LedgerEntry& other, const std::string& why) {
    return {
        ErrorCode::refused,
        "expected a key of its own, saw that of the " + other.kind + " '" + other.name +
            "' (serial " + other.serial_hex + "), " + why +
            "; make a new key, and for a request a new one with it; 'pki rekey' does both for its "
            "own"};
}

}  // namespace

Result<SecretBytes> render_leaf_key(const PrivateKey& key, const KeyLock& lock) {
    if (!lock.is_wanted()) {
        return key.to_pem();
    }
    HG_TRY(const SecretBytes secret, lock.passphrase());
    HG_TRY(const std::string locked, lock_private_key(key, secret, lock.stretching));
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
    auto block = encrypted_block(text.expose());
    if (!block) {
        return Error(block.error()).at(file.string());
    }
    if (!passphrase) {
        HG_CHECK(check_bundle_has(file.parent_path() / "bundle.pem", *block));
    }
    return LeafKey{wanted, std::move(block).value()};
}

namespace {

Error wants_passphrase(const LedgerEntry& old, const std::string& seen) {
    return {
        ErrorCode::invalid_argument,
        "expected a passphrase for the new key of " + old.name + ", saw none, and " + seen +
            "; name one with --key-passphrase-file or --key-passphrase-fd"};
}

// None: no such file.
Result<std::optional<IssuedKey>> form_in(const fs::path& file, const Result<SecretBytes>& text) {
    if (!text) {
        // One that is gone says nothing of how it was kept; one that cannot be read might.
        if (text.error().code() == ErrorCode::not_found) {
            return std::optional<IssuedKey>();
        }
        return text.error();
    }
    const auto encrypted = is_private_key_encrypted(text->expose());
    if (!encrypted) {
        return Error(
                   encrypted.error().code(),
                   "expected to see whether the key that is replaced is encrypted: " +
                       encrypted.error().message() +
                       "; name a passphrase for the new one with --key-passphrase-file, or move "
                       "that file away"
        )
            .at(file.string());
    }
    return std::optional(*encrypted ? IssuedKey::encrypted : IssuedKey::plain);
}

}  // namespace

Outcome check_successor_protection(
    const AuthorityPaths& paths, const LedgerEntry& old, const KeyLock& lock
) {
    if (lock.is_wanted() || old.key_source == KeySource::request) {
        return {};
    }
    if (old.key_form == IssuedKey::encrypted) {
        return wants_passphrase(old, "the old one was encrypted");
    }
    if (old.archive) {
        return old.key_form
                   ? Outcome()
                   : wants_passphrase(
                         old,
                         "an earlier release did not note whether the old one in the archive " +
                             *old.archive + " is encrypted"
                     );
    }
    // Somebody may have encrypted it since.
    const fs::path folder = place_of(paths, old);
    fs::path seen = folder / "key.pem";
    HG_TRY(auto form, form_in(seen, read_secret_file(seen, leaf_key_limit_bytes)));
    if (!form) {
        seen = folder / "bundle.pem";
        HG_TRY(form, form_in(seen, read_bundle(seen)));
    }
    return form == IssuedKey::encrypted
               ? wants_passphrase(old, "the old one in " + seen.string() + " is encrypted")
               : Outcome();
}

Outcome check_not_compromised(const std::vector<LedgerEntry>& others) {
    for (const LedgerEntry& other : others) {
        if (other.reason == RevocationReason::key_compromise) {
            return other_use(other, "which was revoked because others have that key");
        }
    }
    return {};
}

// Whoever has it signed again could pass one for the other: an end certificate over an issuer's key
// would make every certificate of that issuer look like its own work (RFC 5280, section 4.2.1.9).
Outcome check_key_use(const std::vector<LedgerEntry>& others, LeafKind wanted, Instant now) {
    HG_CHECK(check_not_compromised(others));
    const std::string_view kind = leaf_kind_name(wanted);
    for (const LedgerEntry& other : others) {
        if (!parse_leaf_kind(other.kind)) {
            return other_use(other, "which signs certificates");
        }
        const bool alone = is_trusted_alone(kind) || is_trusted_alone(other.kind);
        if (alone && other.kind != kind && other.state(now) == EntryState::valid) {
            return other_use(
                other, "and what signs pages or answers for the authority is used for nothing else"
            );
        }
    }
    return {};
}

Result<IssuedKey> form_of_key(ByteSpan pem) {
    if (pem.empty()) {
        return IssuedKey::elsewhere;
    }
    HG_TRY(const bool encrypted, is_private_key_encrypted(pem));
    return encrypted ? IssuedKey::encrypted : IssuedKey::plain;
}

}  // namespace heliograph::pki
