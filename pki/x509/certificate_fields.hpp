// SPDX-License-Identifier: Apache-2.0
// Private: every field of a certificate, read by our own DER reader. Path validation and lint look
// at these alone. An extension that cannot be decoded is a fault and not the end of reading, so
// that all that is wrong can be told.
#pragma once

#include <pki/x509/name_field.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

struct AlgorithmField {
    std::string oid = {};
    ByteSpan parameters = {};  ///< The whole value; empty if absent.
    ByteSpan whole = {};
};

struct ExtensionField {
    std::string oid = {};
    bool critical = false;
    ByteSpan value = {};
    bool has_written_default = false;  ///< `critical FALSE`, written out; read for lint only.
};

/// What the reader could not decode.
struct FieldFault {
    std::string place;   ///< `extension 2.5.29.17`
    std::string reason;  ///< A sentence.
};

struct BasicConstraintsField {
    bool is_ca = false;
    std::optional<std::uint32_t> path_length = {};
};

struct AuthorityKeyIdField {
    std::optional<ByteSpan> key_id = {};
    bool has_issuer = false;
    bool has_serial = false;
};

struct NameConstraintsField {
    std::optional<std::vector<GeneralNameField>> permitted = {};
    std::optional<std::vector<GeneralNameField>> excluded = {};
    bool has_distance = false;  ///< minimum or maximum, which RFC 5280 does not allow.
};

struct PolicyMappingField {
    std::string issuer;
    std::string subject;
};

struct PolicyConstraintsField {
    std::optional<std::uint32_t> require_explicit = {};
    std::optional<std::uint32_t> inhibit_mapping = {};
};

/// Of a cRLDistributionPoints or freshestCRL extension, and of a list's issuingDistributionPoint.
struct DistributionPointField {
    std::vector<GeneralNameField> full_name = {};  ///< A relative name is made whole by its user.
    std::optional<ByteSpan> relative_name = {};    ///< Content of the SET.
    std::optional<DerBits> reasons = {};
    std::vector<GeneralNameField> list_issuer = {};
};

struct AccessField {
    std::string method;
    GeneralNameField place;
};

struct CertificateFields {
    std::shared_ptr<const Bytes> der = {};  ///< What all spans look into.
    ByteSpan tbs = {};
    AlgorithmField inner_algorithm = {};
    AlgorithmField outer_algorithm = {};
    ByteSpan signature = {};
    unsigned version = 1;
    ByteSpan serial = {};
    NameField issuer = {};
    NameField subject = {};
    Instant not_before = {};
    Instant not_after = {};
    std::uint8_t not_before_tag = 0;
    std::uint8_t not_after_tag = 0;
    ByteSpan spki = {};
    AlgorithmField key_algorithm = {};
    ByteSpan key = {};
    bool has_unique_ids = false;
    std::vector<ExtensionField> extensions = {};
    std::vector<FieldFault> faults = {};

    // What only reading for lint lets pass.
    bool has_written_version = false;         ///< A version 1 that is not left out.
    bool has_empty_extensions = false;        ///< A list of extensions without any.
    std::vector<std::string> odd_times = {};  ///< Times as they were written.

    std::optional<BasicConstraintsField> basic_constraints = {};
    std::optional<DerBits> key_usage = {};
    std::optional<std::vector<std::string>> purposes = {};  ///< extendedKeyUsage
    std::optional<std::vector<GeneralNameField>> alternative_names = {};
    std::optional<std::vector<GeneralNameField>> issuer_names = {};  ///< issuerAltName
    std::optional<ByteSpan> subject_key_id = {};
    std::optional<AuthorityKeyIdField> authority_key_id = {};
    std::optional<NameConstraintsField> name_constraints = {};
    std::optional<std::vector<std::string>> policies = {};
    std::vector<PolicyMappingField> policy_mappings = {};
    std::optional<PolicyConstraintsField> policy_constraints = {};
    std::optional<std::uint32_t> inhibit_any_policy = {};
    std::optional<std::vector<DistributionPointField>> distribution_points = {};
    std::optional<std::vector<DistributionPointField>> freshest_lists = {};
    std::optional<std::vector<AccessField>> authority_access = {};

    [[nodiscard]] bool is_ca() const { return basic_constraints && basic_constraints->is_ca; }
    [[nodiscard]] bool is_self_issued() const { return subject.same_as(issuer); }
    /// Null if it is absent.
    [[nodiscard]] const ExtensionField* extension(std::string_view oid) const;
    [[nodiscard]] bool is_critical(std::string_view oid) const;
    /// Bits of RFC 5280, section 4.2.1.3; an absent extension has none.
    [[nodiscard]] bool has_usage(unsigned bit) const { return key_usage && key_usage->has(bit); }
    [[nodiscard]] bool has_purpose(std::string_view oid) const;
};

namespace oid {
inline constexpr std::string_view subject_key_id = "2.5.29.14";
inline constexpr std::string_view key_usage = "2.5.29.15";
inline constexpr std::string_view subject_alternative_name = "2.5.29.17";
inline constexpr std::string_view issuer_alternative_name = "2.5.29.18";
inline constexpr std::string_view basic_constraints = "2.5.29.19";
inline constexpr std::string_view crl_number = "2.5.29.20";
inline constexpr std::string_view reason_code = "2.5.29.21";
inline constexpr std::string_view invalidity_date = "2.5.29.24";
inline constexpr std::string_view delta_crl = "2.5.29.27";
inline constexpr std::string_view issuing_distribution_point = "2.5.29.28";
inline constexpr std::string_view certificate_issuer = "2.5.29.29";
inline constexpr std::string_view name_constraints = "2.5.29.30";
inline constexpr std::string_view crl_distribution_points = "2.5.29.31";
inline constexpr std::string_view certificate_policies = "2.5.29.32";
inline constexpr std::string_view any_policy = "2.5.29.32.0";
inline constexpr std::string_view policy_mappings = "2.5.29.33";
inline constexpr std::string_view authority_key_id = "2.5.29.35";
inline constexpr std::string_view policy_constraints = "2.5.29.36";
inline constexpr std::string_view extended_key_usage = "2.5.29.37";
inline constexpr std::string_view any_purpose = "2.5.29.37.0";
inline constexpr std::string_view freshest_crl = "2.5.29.46";
inline constexpr std::string_view inhibit_any_policy = "2.5.29.54";
inline constexpr std::string_view authority_access = "1.3.6.1.5.5.7.1.1";
inline constexpr std::string_view server_auth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view client_auth = "1.3.6.1.5.5.7.3.2";
inline constexpr std::string_view code_signing = "1.3.6.1.5.5.7.3.3";
inline constexpr std::string_view email_protection = "1.3.6.1.5.5.7.3.4";
inline constexpr std::string_view ocsp_signing = "1.3.6.1.5.5.7.3.9";
inline constexpr std::string_view access_by_ocsp = "1.3.6.1.5.5.7.48.1";
inline constexpr std::string_view access_by_issuers = "1.3.6.1.5.5.7.48.2";
inline constexpr std::string_view ocsp_nonce = "1.3.6.1.5.5.7.48.1.2";
inline constexpr std::string_view ocsp_no_check = "1.3.6.1.5.5.7.48.1.5";
inline constexpr std::string_view x25519 = "1.3.101.110";
inline constexpr std::string_view common_name = "2.5.4.3";
inline constexpr std::string_view organization = "2.5.4.10";
inline constexpr std::string_view email_address = "1.2.840.113549.1.9.1";
}  // namespace oid

/// Bits of keyUsage.
namespace usage_bit {
inline constexpr unsigned digital_signature = 0;
inline constexpr unsigned key_agreement = 4;
inline constexpr unsigned cert_sign = 5;
inline constexpr unsigned crl_sign = 6;
}  // namespace usage_bit

/// @param der  At most certificate_limit_bytes, one certificate and nothing behind it.
/// @errors malformed (a fault outside of the extensions), too_large. @thread Safe. @cost One pass.
[[nodiscard]] Result<CertificateFields> read_certificate_fields(
    ByteSpan der, ReadingMode mode = ReadingMode::strict
);

/// The serial number as Certificate::serial_hex() has it.
[[nodiscard]] std::string serial_hex_of(const CertificateFields& fields);

/// The parts that lists and requests have too.
[[nodiscard]] Result<AlgorithmField> read_algorithm(const DerValue& value);
/// @param content  Of the SEQUENCE OF Extension, at least one; for lint there may be none.
[[nodiscard]] Result<std::vector<ExtensionField>> read_extensions(
    ByteSpan content, ReadingMode mode = ReadingMode::strict
);
/// Decodes every extension known here into its field; what cannot be decoded becomes a fault.
void decode_extensions(CertificateFields& fields, ReadingMode mode = ReadingMode::strict);
[[nodiscard]] Result<AuthorityKeyIdField> read_authority_key_id(ByteSpan value);
/// DistributionPointName in its [0]. @param content Of the [0].
[[nodiscard]] Outcome read_point_name(ByteSpan content, DistributionPointField& point);

}  // namespace heliograph::pki
