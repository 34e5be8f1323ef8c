// SPDX-License-Identifier: Apache-2.0
// Many end certificates of one issuer in a row, each with a fresh key. What the library does slowly
// (encoding keys, decoding what was just written) is done once for all of them.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/x509/profile.hpp>

#include <memory>
#include <string>

namespace heliograph::pki {

/// One certificate and its key, ready to be written down.
struct MadeLeaf {
    std::string serial_hex;   ///< As Certificate::serial_hex.
    std::string common_name;  ///< May be empty.
    Validity validity;
    Bytes der;
    Sha256 fingerprint;
    std::string certificate_pem;
    SecretBytes key_pem;  ///< PKCS #8, unencrypted.
};

/// Signs certificates one after the other.
/// The gate: names, life and constraints are judged for every certificate by the same rules as in
/// make_leaf(). Parsing and strict verification of the finished chain are done for the first
/// certificate of every kind and shape (which name sorts it has); the others of that shape are the
/// same bytes but for serial, life, names and key, which the writer encodes.
/// @thread One thread at a time. Issuer and root must outlive it.
class LeafFactory {
  public:
    /// @errors unsupported, invalid_argument, crypto.
    [[nodiscard]] static Result<LeafFactory> open(
        const IssuerView& issuer, const Certificate& root, KeyType key_type = KeyType::p256
    );

    /// Everything that make() would refuse, without making anything. @errors invalid_argument.
    [[nodiscard]] Outcome check(const LeafProfile& profile) const;

    /// @param profile  Without a key.
    /// @errors invalid_argument (the sentence says which name or life), crypto.
    /// @cost A key, a signature, and a few microseconds.
    [[nodiscard]] Result<MadeLeaf> make(const LeafProfile& profile);

    LeafFactory(LeafFactory&&) noexcept;
    LeafFactory& operator=(LeafFactory&&) noexcept;
    LeafFactory(const LeafFactory&) = delete;
    LeafFactory& operator=(const LeafFactory&) = delete;
    ~LeafFactory();

  private:
    struct State;
    explicit LeafFactory(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::pki
