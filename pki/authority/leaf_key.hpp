// SPDX-License-Identifier: Apache-2.0
// Private: the key of an end certificate as its files hold it, in the clear or under a passphrase.
#pragma once

#include <pki/authority/key_store.hpp>
#include <pki/authority/ledger_entry.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/encrypted_key.hpp>

#include <filesystem>
#include <vector>

namespace heliograph::pki {

/// A key and what is written of it.
struct LeafKey {
    PublicKey key;
    SecretBytes pem;
};

/// The PEM of a new key. @errors Those of the source and of lock_private_key().
[[nodiscard]] Result<SecretBytes> render_leaf_key(const PrivateKey& key, const KeyLock& lock);

/// The key beside a certificate, to be written again with its successor. An encrypted one stays the
/// block that it is, since nothing needs to open it, if the bundle beside it holds the same; with a
/// passphrase it is opened, and checked. The bundle may have been given to a server's group or
/// user.
/// @errors conflict (the key of another certificate, or another than in the bundle), denied (wrong
/// passphrase; others can read the key's file), not_found, malformed, unsupported (encrypted in an
/// older form), those of the source.
[[nodiscard]] Result<LeafKey> keep_leaf_key(
    const std::filesystem::path& file,
    const Certificate& certificate,
    const PassphraseSource& passphrase
);

/// Whoever encrypted a key would not want its successor to lie in the clear. The ledger says how it
/// was written, the files how it lies.
/// @errors invalid_argument (the old one is encrypted, or in an archive of which nobody knows, and
/// there is no passphrase for the new one), malformed, not_found (its file is no key), denied
/// (others can read `key.pem`), io.
[[nodiscard]] Outcome check_successor_protection(
    const AuthorityPaths& paths, const LedgerEntry& old, const KeyLock& lock
);

/// What was certified over a key before, against a new certificate of a kind.
/// @param others  Ledger::with_key().
/// @errors refused: the key signs certificates, others have it (`key-compromise`), or it is a
///         signer's or responder's while another kind is asked for, or the other way round.
[[nodiscard]] Outcome check_key_use(
    const std::vector<LedgerEntry>& others, LeafKind wanted, Instant now
);

/// The part of it that holds for the same certificate anew.
[[nodiscard]] Outcome check_not_compromised(const std::vector<LedgerEntry>& others);

/// How the key lies in PEM. @param pem  Empty: there is none.
[[nodiscard]] Result<IssuedKey> form_of_key(ByteSpan pem);

}  // namespace heliograph::pki
