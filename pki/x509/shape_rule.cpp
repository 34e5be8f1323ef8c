// SPDX-License-Identifier: Apache-2.0
// The table of shape rules, and those about the fields outside of the extensions.
#include <pki/base/encoding.hpp>
#include <pki/x509/issued_signature.hpp>
#include <pki/x509/shape_rule.hpp>

#include <array>
#include <set>

namespace heliograph::pki {

namespace {

using Broken = std::optional<std::string>;
using Subject = ShapeSubject;

Broken when(bool condition, std::string_view seen) {
    return condition ? Broken(std::string(seen)) : Broken();
}

Broken undecodable(const Subject& subject) {
    std::string seen;
    for (const FieldFault& fault : subject.fields.faults) {
        seen.append(seen.empty() ? "" : "; ").append(fault.place + ": " + fault.reason);
    }
    return when(!seen.empty(), seen);
}

Broken duplicated(const Subject& subject) {
    std::set<std::string_view> seen;
    for (const ExtensionField& extension : subject.fields.extensions) {
        if (!seen.insert(extension.oid).second) {
            return extension.oid + " twice";
        }
    }
    return {};
}

bool is_known_extension(std::string_view type) {
    constexpr std::string_view known[] = {
        oid::subject_key_id,
        oid::key_usage,
        oid::subject_alternative_name,
        oid::issuer_alternative_name,
        oid::basic_constraints,
        oid::name_constraints,
        oid::crl_distribution_points,
        oid::certificate_policies,
        oid::policy_mappings,
        oid::authority_key_id,
        oid::policy_constraints,
        oid::extended_key_usage,
        oid::freshest_crl,
        oid::inhibit_any_policy,
        oid::authority_access,
        oid::ocsp_no_check};
    for (const std::string_view one : known) {
        if (one == type) {
            return true;
        }
    }
    return false;
}

Broken unknown_critical(const Subject& subject) {
    for (const ExtensionField& extension : subject.fields.extensions) {
        if (extension.critical && !is_known_extension(extension.oid)) {
            return "the critical extension " + extension.oid + ", which is not known here";
        }
    }
    return {};
}

Broken extensions_need_version(const Subject& subject) {
    return when(
        !subject.fields.extensions.empty() && subject.fields.version != 3,
        "extensions in version " + std::to_string(subject.fields.version)
    );
}

Broken old_version(const Subject& subject) {
    return when(subject.fields.version != 3, "version " + std::to_string(subject.fields.version));
}

Broken serial_not_positive(const Subject& subject) {
    const std::byte first = subject.fields.serial.front();
    const bool negative = (first & std::byte{0x80}) != std::byte{0};
    const bool zero = subject.fields.serial.size() == 1 && first == std::byte{0};
    return when(negative || zero, negative ? "a negative number" : "zero");
}

Broken serial_too_long(const Subject& subject) {
    return when(
        subject.fields.serial.size() > 20, std::to_string(subject.fields.serial.size()) + " octets"
    );
}

Broken algorithms_differ(const Subject& subject) {
    const bool same = to_bytes(subject.fields.inner_algorithm.whole) ==
                      to_bytes(subject.fields.outer_algorithm.whole);
    return when(!same, "two different ones");
}

Broken wrong_parameters(const Subject& subject) {
    return when(
        !has_standard_parameters(subject.fields.outer_algorithm) ||
            !has_standard_parameters(subject.fields.inner_algorithm),
        "other parameters of " + signature_algorithm_name(subject.fields.outer_algorithm.oid)
    );
}

Broken weak_digest(const Subject& subject) {
    const std::string_view type = subject.fields.outer_algorithm.oid;
    return when(is_weak_signature_algorithm(type), signature_algorithm_name(type));
}

bool is_right_form(Instant instant, std::uint8_t tag) {
    constexpr Instant from{std::chrono::sys_days(std::chrono::year(2050) / 1 / 1)};
    return (instant < from) == (tag == der_tag::utc_time);
}

Broken wrong_time_form(const Subject& subject) {
    const CertificateFields& fields = subject.fields;
    return when(
        !is_right_form(fields.not_before, fields.not_before_tag) ||
            !is_right_form(fields.not_after, fields.not_after_tag),
        "the other form"
    );
}

Broken reversed_validity(const Subject& subject) {
    return when(
        subject.fields.not_after < subject.fields.not_before,
        "an end at " + format_rfc3339(subject.fields.not_after) + ", before the begin"
    );
}

Broken has_unique_ids(const Subject& subject) {
    return when(subject.fields.has_unique_ids, "one");
}

using Code = ChainDefectCode;

constexpr auto field_table = std::to_array<ShapeRule>({
    {"extension-malformed",
     "RFC 5280 section 4.2",
     Code::not_strict,
     rules_of::all,
     position::every,
     "extensions in DER as the standard has them",
     undecodable},
    {"extension-duplicate",
     "RFC 5280 section 4.2",
     Code::not_strict,
     rules_of::all,
     position::every,
     "each extension at most once",
     duplicated},
    {"extension-critical-unknown",
     "RFC 5280 section 4.2",
     Code::not_strict,
     rules_of::all,
     position::every,
     "only known extensions to be critical",
     unknown_critical},
    {"extensions-without-version-3",
     "RFC 5280 section 4.1.2.1",
     Code::not_strict,
     rules_of::all,
     position::every,
     "version 3 for a certificate with extensions",
     extensions_need_version},
    {"version-not-3",
     "RFC 5280 section 4.1.2.1",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "version 3",
     old_version},
    {"serial-not-positive",
     "RFC 5280 section 4.1.2.2",
     Code::not_strict,
     rules_of::strict,
     position::below,
     "a positive serial number",
     serial_not_positive},
    {"serial-too-long",
     "RFC 5280 section 4.1.2.2",
     Code::not_strict,
     rules_of::strict,
     position::below,
     "a serial number of at most 20 octets",
     serial_too_long},
    {"signature-algorithms-differ",
     "RFC 5280 section 4.1.1.2",
     Code::bad_signature,
     rules_of::all,
     position::every,
     "the same signature algorithm inside and outside of the signed part",
     algorithms_differ},
    {"signature-parameters",
     "RFC 4055 section 2.1, RFC 5758 section 3.2",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "the parameters that the signature algorithm prescribes",
     wrong_parameters},
    {"signature-digest-weak",
     "RFC 6194 section 3",
     Code::weak_key,
     rules_of::all,
     position::below,
     "a signature over SHA-256 or longer",
     weak_digest},
    {"time-form",
     "RFC 5280 section 4.1.2.5",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "UTCTime through 2049 and GeneralizedTime from 2050",
     wrong_time_form},
    {"validity-reversed",
     "RFC 5280 section 4.1.2.5",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "a time of validity that ends after its begin",
     reversed_validity},
    {"unique-ids",
     "RFC 5280 section 4.1.2.8",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "no unique identifier",
     has_unique_ids},
});

}  // namespace

unsigned natural_position(const CertificateFields& fields) {
    if (!fields.is_ca()) {
        return position::leaf;
    }
    return fields.is_self_issued() ? position::anchor : position::intermediate;
}

std::span<const ShapeRule> field_shape_rules() {
    return field_table;
}

const std::vector<ShapeRule>& shape_rules() {
    static const std::vector<ShapeRule> rules = [] {
        std::vector<ShapeRule> all;
        for (const auto& part :
             {field_shape_rules(),
              key_shape_rules(),
              extension_shape_rules(),
              name_shape_rules()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return rules;
}

}  // namespace heliograph::pki
