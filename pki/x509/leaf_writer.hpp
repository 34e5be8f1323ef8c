// SPDX-License-Identifier: Apache-2.0
// Private: an end certificate as bytes. It knows the profile table and no policy: names are checked
// before, and the gate judges what comes out.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/leaf_names.hpp>
#include <pki/x509/profile.hpp>

#include <array>
#include <memory>
#include <optional>

namespace heliograph::pki {

/// 128 random bits; the number is their value.
using SerialBits = std::array<std::byte, 16>;

/// All that differs between two certificates of one issuer.
struct LeafContent {
    LeafKind kind;
    SerialBits serial;
    const LeafNames& names;
    const DistributionUrls& urls;
    Validity validity;
    ByteSpan spki;                                         ///< DER of SubjectPublicKeyInfo.
    std::optional<std::array<std::byte, 20>> key_id = {};  ///< Of spki, when it is known already.
};

/// Signs end certificates under one issuer; what all of them share is prepared once.
/// @thread One thread at a time. The issuer must outlive it.
class LeafWriter {
  public:
    /// @errors unsupported (a kind of key that signs nothing here), invalid_argument (issuer
    /// without key id), crypto.
    [[nodiscard]] static Result<LeafWriter> open(const IssuerView& issuer);

    /// @return DER, signed. @errors crypto, invalid_argument (address).
    /// @cost A signature and a microsecond.
    [[nodiscard]] Result<Bytes> write(const LeafContent& content);

    LeafWriter(LeafWriter&&) noexcept;
    LeafWriter& operator=(LeafWriter&&) noexcept;
    LeafWriter(const LeafWriter&) = delete;
    LeafWriter& operator=(const LeafWriter&) = delete;
    ~LeafWriter();

  private:
    struct State;
    explicit LeafWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// The left 160 bits of the SHA-256 of the bits of the key in a SubjectPublicKeyInfo.
/// @errors malformed. @source RFC 7093 section 2, method 1.
[[nodiscard]] Result<std::array<std::byte, 20>> key_id_of(ByteSpan spki);

}  // namespace heliograph::pki
