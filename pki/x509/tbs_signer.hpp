// SPDX-License-Identifier: Apache-2.0
// Private: SEQUENCE { toBeSigned, signatureAlgorithm, signature }, the frame of certificates, lists
// and OCSP responses, around bytes that are written already.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>

#include <memory>

namespace heliograph::pki {

/// Signs with one key, whose digest and algorithm identifier go together (RFC 5758, RFC 8410,
/// RFC 4055).
/// @thread One thread at a time. The key must outlive it.
class TbsSigner {
  public:
    /// @errors unsupported (a kind of key that signs nothing here), crypto.
    [[nodiscard]] static Result<TbsSigner> open(const PrivateKey& key);

    /// The AlgorithmIdentifier in DER, as it must stand inside what is signed too.
    [[nodiscard]] ByteSpan algorithm() const;

    /// BIT STRING content: the signature alone. @errors crypto.
    [[nodiscard]] Result<Bytes> signature(ByteSpan tbs);

    /// The whole frame. @errors crypto.
    [[nodiscard]] Result<Bytes> sign(ByteSpan tbs);

    TbsSigner(TbsSigner&&) noexcept;
    TbsSigner& operator=(TbsSigner&&) noexcept;
    TbsSigner(const TbsSigner&) = delete;
    TbsSigner& operator=(const TbsSigner&) = delete;
    ~TbsSigner();

  private:
    struct State;
    explicit TbsSigner(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::pki
