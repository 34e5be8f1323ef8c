// SPDX-License-Identifier: Apache-2.0
// X.509 certificates (RFC 5280), read strictly and then immutable.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/key.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace heliograph::pki {

/// One certificate is at most this long in DER; a list in PEM at most 1 MiB.
inline constexpr std::size_t certificate_limit_bytes = 64U * 1024U;

/// What a certificate may be used for (RFC 5280, section 4.2.1.12); `other` stands for purposes
/// unknown here.
enum class ExtendedKeyUsage { server_auth, client_auth, code_signing, ocsp_signing, any, other };

/// `serverAuth`, `codeSigning`...: the words of RFC 5280; `other` for purposes unknown here.
[[nodiscard]] std::string_view extended_key_usage_name(ExtendedKeyUsage usage);

/// Which keys a certificate is read with: those that the policy knows (PublicKey::parse_spki), for
/// everybody who uses the key; or any, for those who only tell what a certificate says.
enum class KeyDemand { supported, any };

/// One certificate: a cheap shared handle to an immutable parsed value.
/// @thread Safe to copy and use from several threads.
class Certificate {
  public:
    /// @param pem  Exactly one `CERTIFICATE` block; text outside of the block is passed over.
    /// @errors malformed, too_large, unsupported (a key kind that the policy does not know).
    /// @source RFC 7468 section 5.
    [[nodiscard]] static Result<Certificate> parse_pem(std::string_view pem);

    /// @param pem        Up to @p max_count `CERTIFICATE` blocks, and no block of another kind.
    /// @return           In the order of the text; none at all for a text without blocks.
    /// @param demand     `any` reads keys of every kind.
    /// @errors malformed, too_large (text over 1 MiB, or more certificates than asked for),
    /// unsupported.
    [[nodiscard]] static Result<std::vector<Certificate>> parse_pem_list(
        std::string_view pem, std::size_t max_count, KeyDemand demand = KeyDemand::supported
    );

    /// @param der  One certificate with nothing behind it; every extension known here must be
    /// well-formed and there once.
    /// @param demand  `any` reads keys of every kind.
    /// @errors malformed, too_large, unsupported.
    [[nodiscard]] static Result<Certificate> parse_der(
        ByteSpan der, KeyDemand demand = KeyDemand::supported
    );

    /// One that this library's own writer made, or that a ledger keeps of it: our strict reader
    /// reads it, and the library's form is made if native() is asked for. Never for what came from
    /// elsewhere.
    /// @errors malformed, too_large, unsupported. @cost A tenth of parse_der().
    [[nodiscard]] static Result<Certificate> reread(ByteSpan der);

    [[nodiscard]] std::string to_pem() const;
    [[nodiscard]] const Bytes& to_der() const;

    /// The last CN of the subject, as UTF-8; empty if there is none. For people: never an identity.
    [[nodiscard]] const std::string& subject_common_name() const;
    /// The whole names in RFC 2253 form, for people.
    [[nodiscard]] const std::string& subject() const;
    [[nodiscard]] const std::string& issuer() const;
    /// Lower-case hexadecimal, two digits for each octet.
    [[nodiscard]] const std::string& serial_hex() const;
    /// Both ends are included in the time of validity (OpenSSL's own judgement ends one second
    /// early).
    [[nodiscard]] Instant not_before() const;
    [[nodiscard]] Instant not_after() const;
    /// SHA-256 over the DER form.
    [[nodiscard]] const Sha256& fingerprint() const;
    /// basicConstraints says CA.
    [[nodiscard]] bool is_ca() const;
    /// Subject and issuer are the same name.
    [[nodiscard]] bool is_self_issued() const;
    /// Only of a certificate that was read with supported keys.
    [[nodiscard]] PublicKey public_key() const;
    /// The key, whether the policy knows it or not; none if the cryptographic library cannot read
    /// it.
    [[nodiscard]] const std::optional<PublicKey>& key_if_readable() const;
    [[nodiscard]] bool has_supported_key() const;
    /// `EC P-256`, `RSA 1024`; of one that cannot be read, its algorithm: for people.
    [[nodiscard]] std::string key_description() const;

    [[nodiscard]] const std::vector<std::string>& dns_names() const;
    /// `127.0.0.1`, `::1`: as inet_ntop writes them.
    [[nodiscard]] const std::vector<std::string>& ip_addresses() const;
    [[nodiscard]] const std::vector<std::string>& uris() const;
    [[nodiscard]] const std::vector<std::string>& email_addresses() const;
    /// Empty if the extension is absent.
    [[nodiscard]] const std::vector<ExtendedKeyUsage>& extended_key_usages() const;
    [[nodiscard]] bool has_extended_key_usage(ExtendedKeyUsage usage) const;

    /// Same bytes.
    friend bool operator==(const Certificate& left, const Certificate& right) {
        return left.fingerprint() == right.fingerprint();
    }

    /// For the rooms that hold the library's headers; must not be changed. @thread Safe.
    [[nodiscard]] x509_st* native() const;

  private:
    struct Data;
    explicit Certificate(std::shared_ptr<const Data> data);

    std::shared_ptr<const Data> m_data;
};

/// The certificates in PEM, one after the other, without text between them.
[[nodiscard]] std::string render_pem_list(const std::vector<Certificate>& certificates);

}  // namespace heliograph::pki
