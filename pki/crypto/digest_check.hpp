// SPDX-License-Identifier: Apache-2.0
// Checks signatures over SHA-256 values that are at hand already, many under one key.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/key.hpp>

#include <memory>

struct evp_pkey_ctx_st;

namespace heliograph::pki {

/// The counterpart of DigestSigner.
/// @thread One thread at a time for each object.
class DigestCheck {
  public:
    /// @errors unsupported (a key that signs no digests: Ed25519), crypto.
    [[nodiscard]] static Result<DigestCheck> make(const PublicKey& key);

    /// Whether the signature is the key's over this digest; bytes that are no signature are none.
    /// @cost One check: of P-256 some 70 us.
    [[nodiscard]] bool accepts(const Sha256& digest, ByteSpan signature);

  private:
    struct Deleter {
        void operator()(evp_pkey_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_pkey_ctx_st, Deleter>;
    explicit DigestCheck(Context context) : m_context(std::move(context)) {}

    Context m_context;
};

}  // namespace heliograph::pki
