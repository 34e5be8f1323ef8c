// SPDX-License-Identifier: Apache-2.0
// What lint says of revocation lists.
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/issued_signature.hpp>
#include <pki/x509/name_rule.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace heliograph::pki {

namespace {

using List = RevocationFields;

LintFlaw list_faults(const List& list) {
    return list.faults.empty()
               ? LintFlaw()
               : LintFlaw(list.faults.front().place + ": " + list.faults.front().reason);
}

LintFlaw list_unknown_critical(const List& list) {
    return flaw_if(list.has_unknown_critical, "a critical one that is not known here");
}

LintFlaw list_version(const List& list) {
    return flaw_if(list.version != 2, "version " + std::to_string(list.version));
}

LintFlaw list_algorithms(const List& list) {
    return flaw_if(
        to_bytes(list.inner_algorithm.whole) != to_bytes(list.outer_algorithm.whole),
        "two different ones"
    );
}

LintFlaw list_parameters(const List& list) {
    return flaw_if(
        !has_standard_parameters(list.outer_algorithm),
        "other parameters of " + signature_algorithm_name(list.outer_algorithm.oid)
    );
}

LintFlaw list_name_empty_level(const List& list) {
    const auto& levels = list.issuer.canonical;
    const bool found =
        std::any_of(levels.begin(), levels.end(), [](const auto& one) { return one.empty(); });
    return flaw_if(found, "none at one level");
}

LintFlaw list_time_malformed(const List& list) {
    return list.odd_times.empty() ? LintFlaw() : LintFlaw(in_quotes(list.odd_times.front()));
}

LintFlaw list_written_default(const List& list) {
    for (const ExtensionField& extension : list.extensions) {
        if (extension.has_written_default) {
            return "critical FALSE of the extension " + extension.oid;
        }
    }
    return {};
}

LintFlaw list_extensions_empty(const List& list) {
    return flaw_if(list.has_empty_extensions, "an empty list of extensions");
}

// Nobody revokes ahead, and nothing was revoked before there were such lists.
LintFlaw entry_time(const List& list) {
    constexpr Instant first{std::chrono::sys_days(std::chrono::year(1999) / 1 / 1)};
    for (const RevokedField& entry : list.entries) {
        if (entry.at > list.this_update || entry.at < first) {
            return format_rfc3339(entry.at);
        }
    }
    return {};
}

LintFlaw entry_extension_twice(const List& list) {
    return list.repeated_in_entry.empty() ? LintFlaw()
                                          : LintFlaw(list.repeated_in_entry.front() + " twice");
}

LintFlaw entry_written_default(const List& list) {
    return list.written_defaults.empty()
               ? LintFlaw()
               : LintFlaw("critical FALSE of the extension " + list.written_defaults.front());
}

LintFlaw entry_extensions_empty(const List& list) {
    return flaw_if(list.has_empty_entry_extensions, "an empty list of extensions");
}

LintFlaw list_digest(const List& list) {
    return flaw_if(
        is_weak_signature_algorithm(list.outer_algorithm.oid),
        signature_algorithm_name(list.outer_algorithm.oid)
    );
}

LintFlaw list_nameless(const List& list) {
    return flaw_if(list.issuer.empty(), "an empty one");
}

bool has_right_form(Instant instant, std::uint8_t tag) {
    constexpr Instant from{std::chrono::sys_days(std::chrono::year(2050) / 1 / 1)};
    return (instant < from) == (tag == der_tag::utc_time);
}

LintFlaw list_time_form(const List& list) {
    return flaw_if(
        !has_right_form(list.this_update, list.this_update_tag) ||
            (list.next_update && !has_right_form(*list.next_update, list.next_update_tag)),
        "the other form"
    );
}

LintFlaw list_without_next(const List& list) {
    return flaw_if(!list.next_update, "none");
}

LintFlaw list_ends_early(const List& list) {
    return flaw_if(
        list.next_update && *list.next_update <= list.this_update,
        list.next_update ? format_rfc3339(*list.next_update) : std::string()
    );
}

LintFlaw list_empty(const List& list) {
    return flaw_if(list.has_empty_entry_list, "an empty sequence");
}

LintFlaw list_without_number(const List& list) {
    return flaw_if(list.extension(oid::crl_number) == nullptr, "none");
}

LintFlaw list_number_critical(const List& list) {
    const ExtensionField* const number = list.extension(oid::crl_number);
    return flaw_if(number != nullptr && number->critical, "critical");
}

LintFlaw list_number_long(const List& list) {
    return flaw_if(
        list.number && list.number->size() > 20,
        std::to_string(list.number ? list.number->size() : 0) + " octets"
    );
}

LintFlaw list_without_key_id(const List& list) {
    return flaw_if(!list.authority_key_id || !list.authority_key_id->key_id, "none");
}

LintFlaw list_delta_not_critical(const List& list) {
    const ExtensionField* const delta = list.extension(oid::delta_crl);
    return flaw_if(delta != nullptr && !delta->critical, "not critical");
}

LintFlaw list_point_not_critical(const List& list) {
    const ExtensionField* const point = list.extension(oid::issuing_distribution_point);
    return flaw_if(point != nullptr && !point->critical, "not critical");
}

LintFlaw list_point_empty(const List& list) {
    const auto& point = list.issuing_point;
    return flaw_if(
        point && point->point.full_name.empty() && !point->point.relative_name &&
            !point->point.reasons && !point->only_user && !point->only_authority &&
            !point->only_attribute && !point->indirect,
        "an empty sequence"
    );
}

LintFlaw list_point_conflict(const List& list) {
    const auto& point = list.issuing_point;
    const int said = point ? static_cast<int>(point->only_user) +
                                 static_cast<int>(point->only_authority) +
                                 static_cast<int>(point->only_attribute)
                           : 0;
    return flaw_if(said > 1, "several");
}

LintFlaw entry_reason(const List& list) {
    for (const RevokedField& entry : list.entries) {
        const auto reason = entry.reason.value_or(1);
        if (reason == 0) {
            return LintFlaw("the reason unspecified, which is to be left out");
        }
        if (reason == 7 || reason > 10 || (reason == 8 && !list.base_number)) {
            return "the reason " + std::to_string(reason);
        }
    }
    return {};
}

LintFlaw entry_twice(const List& list) {
    std::set<std::pair<std::size_t, std::string>> seen;
    for (const RevokedField& entry : list.entries) {
        if (!seen.emplace(entry.issuer, std::string(text_of(entry.serial))).second) {
            return LintFlaw("one serial number twice");
        }
    }
    return {};
}

constexpr auto list_rules = std::to_array<LintRule<RevocationFields>>({
    {"list-extension-malformed",
     "RFC 5280 section 5.2",
     LintSeverity::error,
     "extensions as the standard has them",
     list_faults},
    {"list-extension-critical-unknown",
     "RFC 5280 section 5.2",
     LintSeverity::error,
     "only known extensions to be critical",
     list_unknown_critical},
    {"list-version-not-2",
     "RFC 5280 section 5.1.2.1",
     LintSeverity::error,
     "version 2",
     list_version},
    {"list-algorithms-differ",
     "RFC 5280 section 5.1.1.2",
     LintSeverity::error,
     "the same signature algorithm inside and outside",
     list_algorithms},
    {"list-signature-parameters",
     "RFC 4055 section 2.1, RFC 5758 section 3.2",
     LintSeverity::error,
     "the parameters that the signature algorithm prescribes",
     list_parameters},
    {"list-digest-weak",
     "RFC 6194 section 3",
     LintSeverity::error,
     "a signature over SHA-256 or longer",
     list_digest},
    {"list-issuer-empty",
     "RFC 5280 section 5.1.2.3",
     LintSeverity::error,
     "an issuer's name",
     list_nameless},
    {"list-issuer-relative-empty",
     "RFC 5280 section 5.1.2.3, X.501 section 9.3",
     LintSeverity::error,
     "at least one attribute in each relative name",
     list_name_empty_level},
    {"list-time-malformed",
     "RFC 5280 section 5.1.2.4",
     LintSeverity::error,
     "times with seconds, without fractions, in UTC with a Z",
     list_time_malformed},
    {"list-default-not-omitted",
     "RFC 5280 section 5.1, X.690 section 11.5",
     LintSeverity::error,
     "default values to be left out",
     list_written_default},
    {"list-extensions-empty",
     "RFC 5280 section 5.1.2.7",
     LintSeverity::error,
     "at least one extension, or no list of them",
     list_extensions_empty},
    {"list-time-form",
     "RFC 5280 section 5.1.2.4",
     LintSeverity::error,
     "UTCTime through 2049 and GeneralizedTime from 2050",
     list_time_form},
    {"list-next-update-missing",
     "RFC 5280 section 5.1.2.5",
     LintSeverity::error,
     "a next update",
     list_without_next},
    {"list-next-update-early",
     "RFC 5280 section 5.1.2.5",
     LintSeverity::error,
     "a next update after this one",
     list_ends_early},
    {"list-entries-empty",
     "RFC 5280 section 5.1.2.6",
     LintSeverity::error,
     "no list of entries where nothing is revoked",
     list_empty},
    {"list-number-missing",
     "RFC 5280 section 5.2.3",
     LintSeverity::error,
     "a number of the list",
     list_without_number},
    {"list-number-critical",
     "RFC 5280 section 5.2.3",
     LintSeverity::error,
     "a number that is not critical",
     list_number_critical},
    {"list-number-too-long",
     "RFC 5280 section 5.2.3",
     LintSeverity::error,
     "a number of at most 20 octets",
     list_number_long},
    {"list-authority-key-id-missing",
     "RFC 5280 section 5.2.1",
     LintSeverity::error,
     "an authority key id",
     list_without_key_id},
    {"list-delta-not-critical",
     "RFC 5280 section 5.2.4",
     LintSeverity::error,
     "a critical mark of a delta",
     list_delta_not_critical},
    {"list-issuing-point-not-critical",
     "RFC 5280 section 5.2.5",
     LintSeverity::error,
     "a critical issuing distribution point",
     list_point_not_critical},
    {"list-issuing-point-empty",
     "RFC 5280 section 5.2.5",
     LintSeverity::error,
     "an issuing distribution point that says something",
     list_point_empty},
    {"list-issuing-point-conflict",
     "RFC 5280 section 5.2.5",
     LintSeverity::error,
     "at most one kind of certificate that the list is only for",
     list_point_conflict},
    {"list-entry-reason",
     "RFC 5280 section 5.3.1",
     LintSeverity::warning,
     "a known reason, and none where it is unspecified",
     entry_reason},
    {"list-entry-time",
     "RFC 5280 sections 5.1.2.4 and 5.1.2.6",
     LintSeverity::warning,
     "certificates that were revoked before the list was made, and after 1998",
     entry_time},
    {"list-entry-extension-repeated",
     "RFC 5280 section 5.3",
     LintSeverity::error,
     "each extension of an entry once",
     entry_extension_twice},
    {"list-entry-default-not-omitted",
     "RFC 5280 section 5.1, X.690 section 11.5",
     LintSeverity::error,
     "default values of an entry's extensions to be left out",
     entry_written_default},
    {"list-entry-extensions-empty",
     "RFC 5280 sections 4.1 and 5.1",
     LintSeverity::error,
     "at least one extension of an entry, or no list of them",
     entry_extensions_empty},
    {"list-entry-repeated",
     "RFC 5280 section 5.3",
     LintSeverity::error,
     "each certificate once",
     entry_twice},
});

}  // namespace

const std::vector<LintRule<RevocationFields>>& list_lint_rules() {
    static const std::vector<LintRule<RevocationFields>> rules(
        list_rules.begin(), list_rules.end()
    );
    return rules;
}

}  // namespace heliograph::pki
