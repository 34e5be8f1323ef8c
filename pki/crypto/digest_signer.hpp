// SPDX-License-Identifier: Apache-2.0
// Signatures over digests at hand: what is looked up for a key is looked up once, and no message is
// read twice.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/key.hpp>

#include <cstddef>
#include <memory>
#include <utility>

struct evp_pkey_ctx_st;

namespace heliograph::pki {

/// Whether sign() makes the signatures of this key from the SHA-256 of a message alone: so with
/// ECDSA and RSA, and not with Ed25519, which reads the message twice. @thread Safe.
[[nodiscard]] bool signs_digests(const PrivateKey& key);

/// Makes the signatures that sign() makes.
/// @thread One thread at a time; make one for each.
class DigestSigner {
  public:
    /// @param key  For which signs_digests() holds; kept as long as the signer.
    /// @errors unsupported (another key), crypto. @cost About 5 us.
    [[nodiscard]] static Result<DigestSigner> make(const PrivateKey& key);

    /// @param digest  Of the message that the signature is over.
    /// @return        The signature, at most signature_limit_bytes.
    /// @errors crypto. @cost About 23 us with P-256.
    [[nodiscard]] Result<Bytes> sign(const Sha256& digest);

  private:
    struct Deleter {
        void operator()(evp_pkey_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_pkey_ctx_st, Deleter>;
    DigestSigner(Context context, std::size_t most_bytes)
        : m_context(std::move(context)), m_most_bytes(most_bytes) {}

    Context m_context;
    std::size_t m_most_bytes;
};

}  // namespace heliograph::pki
