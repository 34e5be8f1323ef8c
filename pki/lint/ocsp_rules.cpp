// SPDX-License-Identifier: Apache-2.0
// What lint says of OCSP responses (RFC 6960).
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/issued_signature.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

LintFlaw ocsp_status(const OcspFields& response) {
    return flaw_if(response.status != 0, "status " + std::to_string(response.status));
}

LintFlaw ocsp_digest(const OcspFields& response) {
    return flaw_if(
        is_weak_signature_algorithm(response.algorithm.oid),
        signature_algorithm_name(response.algorithm.oid)
    );
}

LintFlaw ocsp_no_answer(const OcspFields& response) {
    return flaw_if(response.status == 0 && response.answers.empty(), "none");
}

LintFlaw ocsp_several(const OcspFields& response) {
    // One certificate under ids of two digests is said once to clients of each.
    for (auto answer = response.answers.begin(); answer != response.answers.end(); ++answer) {
        const bool again =
            std::any_of(response.answers.begin(), answer, [&answer](const OcspAnswerField& before) {
                return before.id.digest == answer->id.digest || !std::equal(
                                                                    before.id.serial.begin(),
                                                                    before.id.serial.end(),
                                                                    answer->id.serial.begin(),
                                                                    answer->id.serial.end()
                                                                );
            });
        if (again) {
            return std::to_string(response.answers.size());
        }
    }
    return {};
}

LintFlaw ocsp_without_next(const OcspFields& response) {
    for (const OcspAnswerField& answer : response.answers) {
        if (!answer.next_update) {
            return LintFlaw("none");
        }
    }
    return {};
}

LintFlaw ocsp_ends_early(const OcspFields& response) {
    for (const OcspAnswerField& answer : response.answers) {
        if (answer.next_update && *answer.next_update <= answer.this_update) {
            return format_rfc3339(*answer.next_update);
        }
    }
    return {};
}

LintFlaw ocsp_from_future(const OcspFields& response) {
    for (const OcspAnswerField& answer : response.answers) {
        if (answer.this_update > response.produced) {
            return format_rfc3339(answer.this_update);
        }
    }
    return {};
}

}  // namespace

const std::vector<LintRule<OcspFields>>& ocsp_lint_rules() {
    constexpr auto error = LintSeverity::error;
    constexpr auto warning = LintSeverity::warning;
    static const std::vector<LintRule<OcspFields>> rules = {
        {"ocsp-unsuccessful",
         "RFC 6960 section 4.2.1",
         LintSeverity::notice,
         "a successful response",
         ocsp_status},
        {"ocsp-digest-weak",
         "RFC 6194 section 3",
         error,
         "a signature over SHA-256 or longer",
         ocsp_digest},
        {"ocsp-answers-missing",
         "RFC 6960 section 4.2.1",
         error,
         "at least one answer",
         ocsp_no_answer},
        {"ocsp-answers-several",
         "RFC 5019 section 2.2.1",
         warning,
         "answers about one certificate",
         ocsp_several},
        {"ocsp-next-update-missing",
         "RFC 5019 section 2.2.4",
         warning,
         "a next update",
         ocsp_without_next},
        {"ocsp-next-update-early",
         "RFC 6960 section 4.2.2.1",
         error,
         "a next update after this one",
         ocsp_ends_early},
        {"ocsp-this-update-late",
         "RFC 6960 section 4.2.2.1",
         error,
         "a state that was known when the response was made",
         ocsp_from_future},
    };
    return rules;
}

}  // namespace heliograph::pki
