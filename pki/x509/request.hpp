// SPDX-License-Identifier: Apache-2.0
// Certification requests (PKCS #10, RFC 2986), read strictly and then immutable.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// One request is at most this long in DER.
inline constexpr std::size_t request_limit_bytes = 64U * 1024U;

/// What somebody asks to have signed: a key that they proved to hold, and names. Everything else in
/// a certificate is decided by the profile, not by the request.
/// @thread Safe to copy and use from several threads.
class CertificateRequest {
  public:
    /// @param pem  Exactly one `CERTIFICATE REQUEST` block (or `NEW CERTIFICATE REQUEST`, as some
    ///             tools write it); text outside of the block is passed over.
    /// @errors Those of parse_der. @source RFC 7468 section 7.
    [[nodiscard]] static Result<CertificateRequest> parse_pem(std::string_view pem);

    /// @param der  One request with nothing behind it, signed by its own key over at least SHA-256.
    /// @errors malformed (also: the signature is not of the key; asks to be an authority; a name
    ///         that is no printable ASCII), too_large, unsupported (a weak or unknown key).
    /// @thread Safe. @cost One signature check.
    [[nodiscard]] static Result<CertificateRequest> parse_der(ByteSpan der);

    [[nodiscard]] const PublicKey& public_key() const { return m_key; }
    /// The last CN; empty if there is none. For people, and for a name of the files.
    [[nodiscard]] const std::string& common_name() const { return m_common_name; }
    /// The names of the requested subjectAltName, as they stand there.
    [[nodiscard]] const std::vector<std::string>& dns_names() const { return m_dns; }
    [[nodiscard]] const std::vector<std::string>& ip_addresses() const { return m_ip; }
    [[nodiscard]] const std::vector<std::string>& uris() const { return m_uri; }
    [[nodiscard]] const std::vector<std::string>& email_addresses() const { return m_email; }

  private:
    explicit CertificateRequest(PublicKey key) : m_key(std::move(key)) {}

    PublicKey m_key;
    std::string m_common_name;
    std::vector<std::string> m_dns;
    std::vector<std::string> m_ip;
    std::vector<std::string> m_uri;
    std::vector<std::string> m_email;
};

}  // namespace heliograph::pki
