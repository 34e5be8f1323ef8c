// SPDX-License-Identifier: Apache-2.0
// Private: the key schedule of HPKE, with the ephemeral key in the caller's hands, so that the
// RFC's vectors can be checked.
#pragma once

#include <pki/crypto/hpke.hpp>

#include <cstdint>

namespace heliograph::pki {

/// Key and nonces of one sender and one recipient.
class HpkeContext {
  public:
    /// @param ephemeral  Fresh for each message. @param recipient  The raw public value.
    /// @errors malformed (a value outside the group), invalid_argument, crypto.
    /// @source RFC 9180 sections 4.1 (Encap) and 5.1.1.
    [[nodiscard]] static Result<HpkeContext> for_sender(
        const AgreementKey& ephemeral, ByteSpan recipient, HkdfInfo info
    );

    /// @param encapsulated  The sender's ephemeral public value. @errors As for_sender().
    /// @source RFC 9180 sections 4.1 (Decap) and 5.1.1.
    [[nodiscard]] static Result<HpkeContext> for_recipient(
        const AgreementKey& recipient, ByteSpan encapsulated, HkdfInfo info
    );

    [[nodiscard]] const SecretBytes& key() const { return m_key; }

    /// The nonce of the message with this number. @source RFC 9180 section 5.2.
    [[nodiscard]] GcmNonce nonce(std::uint64_t sequence) const;

  private:
    HpkeContext(SecretBytes key, const GcmNonce& base_nonce)
        : m_key(std::move(key)), m_base_nonce(base_nonce) {}

    [[nodiscard]] static Result<HpkeContext> schedule(
        const SecretBytes& shared, HkdfInfo info, HpkeKem kem
    );

    SecretBytes m_key;
    GcmNonce m_base_nonce;
};

/// The base nonce with a counter in its last eight bytes: what HPKE and chunked encryption share.
[[nodiscard]] GcmNonce counted_nonce(const GcmNonce& base, std::uint64_t counter);

}  // namespace heliograph::pki
