// SPDX-License-Identifier: Apache-2.0
// Private: an end certificate as bytes. It knows the profile table and no policy: names are checked
// before, and the gate judges what comes out.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate_writer.hpp>
#include <pki/x509/leaf_names.hpp>
#include <pki/x509/profile.hpp>

#include <memory>

namespace heliograph::pki {

/// All that differs between two certificates of one issuer.
struct LeafContent {
    LeafKind kind;
    SerialBits serial;
    const LeafNames& names;
    const DistributionUrls& urls;
    Validity validity;
    ByteSpan spki;  ///< DER of SubjectPublicKeyInfo.
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

}  // namespace heliograph::pki
