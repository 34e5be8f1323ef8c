// SPDX-License-Identifier: Apache-2.0
// Private: every field of a revocation list (RFC 5280, section 5), read by our own DER reader.
#pragma once

#include <pki/x509/certificate_fields.hpp>

#include <optional>
#include <vector>

namespace heliograph::pki {

/// Reasons as bits: bit i of ReasonFlags; all that a list can speak of.
inline constexpr unsigned all_reasons = 0x1feU << 0U;

struct RevokedField {
    ByteSpan serial = {};
    Instant at = {};
    std::optional<std::uint32_t> reason = {};
    std::size_t issuer = 0;  ///< Index in RevocationFields::entry_issuers.
};

struct IssuingPointField {
    DistributionPointField point = {};
    bool only_user = false;
    bool only_authority = false;
    bool only_attribute = false;
    bool indirect = false;
};

struct RevocationFields {
    std::shared_ptr<const Bytes> der = {};
    ByteSpan tbs = {};
    AlgorithmField inner_algorithm = {};
    AlgorithmField outer_algorithm = {};
    ByteSpan signature = {};
    unsigned version = 1;
    NameField issuer = {};
    Instant this_update = {};
    std::optional<Instant> next_update = {};
    std::uint8_t this_update_tag = 0;
    std::uint8_t next_update_tag = 0;
    std::vector<RevokedField> entries = {};
    bool has_empty_entry_list = false;
    bool has_entry_extensions = false;
    /// Whose certificates entries speak of: the list's issuer first, others by certificateIssuer.
    std::vector<NameField> entry_issuers = {};
    std::vector<ExtensionField> extensions = {};
    std::vector<FieldFault> faults = {};
    // What only reading for lint lets pass.
    std::vector<std::string> odd_times = {};          ///< Times as they were written.
    std::vector<std::string> repeated_in_entry = {};  ///< Extensions that one entry has twice.
    std::vector<std::string> written_defaults = {};   ///< Extensions of entries, critical FALSE.
    bool has_empty_entry_extensions = false;          ///< Of an entry, a list without any.
    bool has_empty_extensions = false;                ///< A list of extensions without any.
    bool has_unknown_critical = false;                ///< Of the list or of an entry.

    std::optional<AuthorityKeyIdField> authority_key_id = {};
    std::optional<ByteSpan> number = {};
    std::optional<ByteSpan> base_number = {};  ///< A delta to the list of this number.
    std::optional<IssuingPointField> issuing_point = {};
    ByteSpan issuing_point_raw = {};

    [[nodiscard]] const ExtensionField* extension(std::string_view oid) const;
};

/// @param der  At most revocation_list_limit_bytes. @errors malformed, too_large.
/// @cost One pass; about 50 bytes an entry.
[[nodiscard]] Result<RevocationFields> read_revocation_fields(
    ByteSpan der, ReadingMode mode = ReadingMode::strict
);

/// Orders integers that are not negative, whatever their length. @return As strcmp.
[[nodiscard]] int compare_numbers(ByteSpan left, ByteSpan right);

}  // namespace heliograph::pki
