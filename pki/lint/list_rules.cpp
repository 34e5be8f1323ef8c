// SPDX-License-Identifier: Apache-2.0
// What lint says of revocation lists.
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/issued_signature.hpp>

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

}  // namespace

const std::vector<LintRule<RevocationFields>>& list_lint_rules() {
    constexpr auto error = LintSeverity::error;
    constexpr auto warning = LintSeverity::warning;
    static const std::vector<LintRule<RevocationFields>> rules = {
        {"list-extension-malformed",
         "RFC 5280 section 5.2",
         error,
         "extensions as the standard has them",
         list_faults},
        {"list-extension-critical-unknown",
         "RFC 5280 section 5.2",
         error,
         "only known extensions to be critical",
         list_unknown_critical},
        {"list-version-not-2", "RFC 5280 section 5.1.2.1", error, "version 2", list_version},
        {"list-algorithms-differ",
         "RFC 5280 section 5.1.1.2",
         error,
         "the same signature algorithm inside and outside",
         list_algorithms},
        {"list-digest-weak",
         "RFC 6194 section 3",
         error,
         "a signature over SHA-256 or longer",
         list_digest},
        {"list-issuer-empty", "RFC 5280 section 5.1.2.3", error, "an issuer's name", list_nameless},
        {"list-time-form",
         "RFC 5280 section 5.1.2.4",
         error,
         "UTCTime through 2049 and GeneralizedTime from 2050",
         list_time_form},
        {"list-next-update-missing",
         "RFC 5280 section 5.1.2.5",
         error,
         "a next update",
         list_without_next},
        {"list-next-update-early",
         "RFC 5280 section 5.1.2.5",
         error,
         "a next update after this one",
         list_ends_early},
        {"list-entries-empty",
         "RFC 5280 section 5.1.2.6",
         error,
         "no list of entries where nothing is revoked",
         list_empty},
        {"list-number-missing",
         "RFC 5280 section 5.2.3",
         error,
         "a number of the list",
         list_without_number},
        {"list-number-critical",
         "RFC 5280 section 5.2.3",
         error,
         "a number that is not critical",
         list_number_critical},
        {"list-number-too-long",
         "RFC 5280 section 5.2.3",
         error,
         "a number of at most 20 octets",
         list_number_long},
        {"list-authority-key-id-missing",
         "RFC 5280 section 5.2.1",
         error,
         "an authority key id",
         list_without_key_id},
        {"list-delta-not-critical",
         "RFC 5280 section 5.2.4",
         error,
         "a critical mark of a delta",
         list_delta_not_critical},
        {"list-issuing-point-not-critical",
         "RFC 5280 section 5.2.5",
         error,
         "a critical issuing distribution point",
         list_point_not_critical},
        {"list-issuing-point-empty",
         "RFC 5280 section 5.2.5",
         error,
         "an issuing distribution point that says something",
         list_point_empty},
        {"list-issuing-point-conflict",
         "RFC 5280 section 5.2.5",
         error,
         "at most one kind of certificate that the list is only for",
         list_point_conflict},
        {"list-entry-reason",
         "RFC 5280 section 5.3.1",
         warning,
         "a known reason, and none where it is unspecified",
         entry_reason},
        {"list-entry-repeated",
         "RFC 5280 section 5.3",
         error,
         "each certificate once",
         entry_twice},
    };
    return rules;
}

}  // namespace heliograph::pki
