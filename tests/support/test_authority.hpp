// SPDX-License-Identifier: Apache-2.0
// Certificates for tests, right and wrong, made by plain OpenSSL: independent of heliograph's own
// authority, so that neither can hide a mistake of the other.
#pragma once

#include <tests/support/scripted_server.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace heliograph::test_support {

/// What a certificate is for, as extendedKeyUsage.
enum class Purpose { server, client, signer };

/// When it is valid.
enum class Lifetime { current, over, not_yet };

/// What to put into one leaf certificate.
struct LeafRequest {
    Purpose purpose{Purpose::server};
    std::string common_name{"127.0.0.1"};
    std::string alternative_names{
        "IP:127.0.0.1,DNS:localhost"};  ///< OpenSSL's notation; empty for none.
    Lifetime lifetime{Lifetime::current};
};

/// A root that issues leaves directly, both with P-256 keys made on the spot.
class TestAuthority {
  public:
    explicit TestAuthority(std::string_view name = "Test Root");

    [[nodiscard]] const std::string& root_pem() const { return m_root_pem; }

    /// A leaf signed by this root; its chain holds the leaf only.
    [[nodiscard]] TlsIdentity issue(const LeafRequest& request = {}) const;

    /// A leaf signed by its own key.
    [[nodiscard]] static TlsIdentity self_signed(const LeafRequest& request = {});

  private:
    std::shared_ptr<void> m_key;   ///< EVP_PKEY
    std::shared_ptr<void> m_root;  ///< X509
    std::string m_root_pem;
};

/// DER ECDSA signature with SHA-256 over @p bytes.
[[nodiscard]] std::string sign_with(const std::string& key_pem, std::string_view bytes);

}  // namespace heliograph::test_support
