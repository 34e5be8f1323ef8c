// SPDX-License-Identifier: Apache-2.0
// What lint says of OCSP responses (RFC 6960).
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/issued_signature.hpp>
#include <pki/x509/signed_envelope.hpp>

namespace heliograph::pki {

namespace {

constexpr std::string_view basic_response = "1.3.6.1.5.5.7.48.1.1";
constexpr std::size_t answer_limit = 1024;

Result<OcspAnswerFields> read_answer(const DerValue& value) {
    OcspAnswerFields answer;
    DerReader parts(value.content);
    HG_TRY(const DerValue id, parts.expect(der_tag::sequence, "a certificate id"));
    HG_TRY(const DerValue status, parts.next());
    const bool known = status.tag == der_tag::context(0) || status.tag == der_tag::context(2) ||
                       status.tag == der_tag::context_constructed(1);
    if (!known || id.content.empty()) {
        return Error(ErrorCode::malformed, "expected the state of a certificate, saw another");
    }
    HG_TRY(const DerValue begin, parts.expect(der_tag::generalized_time, "this update"));
    HG_TRY(answer.this_update, der_time(begin));
    HG_TRY(const auto next, parts.optional(der_tag::context_constructed(0)));
    if (next) {
        HG_TRY(
            const DerValue end, read_der(next->content, der_tag::generalized_time, "next update")
        );
        HG_TRY(answer.next_update, der_time(end));
    }
    HG_TRY(const auto extensions, parts.optional(der_tag::context_constructed(1)));
    if (extensions) {
        HG_TRY(const DerValue list, read_der(extensions->content, der_tag::sequence, "extensions"));
        HG_TRY(const auto known_extensions, read_extensions(list.content));
        static_cast<void>(known_extensions);
    }
    HG_CHECK(parts.finish("an answer"));
    return answer;
}

Outcome read_response_data(const DerValue& data, OcspFields& fields) {
    DerReader parts(data.content);
    HG_TRY(const auto version, parts.optional(der_tag::context_constructed(0)));
    if (version) {
        return Error(ErrorCode::malformed, "expected version 1 to be left out, saw a version");
    }
    HG_TRY(const DerValue responder, parts.next());
    if (responder.tag != der_tag::context_constructed(1) &&
        responder.tag != der_tag::context_constructed(2)) {
        return Error(ErrorCode::malformed, "expected a responder's id, saw another value");
    }
    HG_TRY(const DerValue produced, parts.expect(der_tag::generalized_time, "a time"));
    HG_TRY(fields.produced, der_time(produced));
    HG_TRY(const DerValue list, parts.expect(der_tag::sequence, "answers"));
    DerReader answers(list.content);
    while (!answers.at_end()) {
        HG_TRY(const DerValue one, answers.expect(der_tag::sequence, "an answer"));
        HG_TRY(OcspAnswerFields answer, read_answer(one));
        if (fields.answers.size() == answer_limit) {
            return Error(ErrorCode::too_large, "expected at most 1024 answers, saw more");
        }
        fields.answers.push_back(answer);
    }
    HG_TRY(const auto extensions, parts.optional(der_tag::context_constructed(1)));
    static_cast<void>(extensions);
    return parts.finish("a response's signed part");
}

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
    return flaw_if(response.answers.size() > 1, std::to_string(response.answers.size()));
}

LintFlaw ocsp_without_next(const OcspFields& response) {
    for (const OcspAnswerFields& answer : response.answers) {
        if (!answer.next_update) {
            return LintFlaw("none");
        }
    }
    return {};
}

LintFlaw ocsp_ends_early(const OcspFields& response) {
    for (const OcspAnswerFields& answer : response.answers) {
        if (answer.next_update && *answer.next_update <= answer.this_update) {
            return format_rfc3339(*answer.next_update);
        }
    }
    return {};
}

LintFlaw ocsp_from_future(const OcspFields& response) {
    for (const OcspAnswerFields& answer : response.answers) {
        if (answer.this_update > response.produced) {
            return format_rfc3339(answer.this_update);
        }
    }
    return {};
}

}  // namespace

Result<OcspFields> read_ocsp_fields(ByteSpan der) {
    if (der.size() > certificate_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a response of at most 64 KiB, saw more");
    }
    OcspFields fields;
    HG_TRY(const DerValue whole, read_der(der, der_tag::sequence, "an OCSP response"));
    DerReader reader(whole.content);
    HG_TRY(const DerValue status, reader.expect(der_tag::enumerated, "a response's status"));
    HG_TRY(fields.status, der_small_number(status));
    HG_TRY(const auto wrapped, reader.optional(der_tag::context_constructed(0)));
    HG_CHECK(reader.finish("an OCSP response"));
    if (!wrapped) {
        return fields;
    }
    HG_TRY(const DerValue bytes, read_der(wrapped->content, der_tag::sequence, "a response"));
    DerReader typed(bytes.content);
    HG_TRY(const DerValue type, typed.expect(der_tag::object_id, "a response's type"));
    HG_TRY(const std::string name, der_object_id(type));
    HG_TRY(const DerValue content, typed.expect(der_tag::octet_string, "a response"));
    HG_CHECK(typed.finish("a response"));
    if (name != basic_response) {
        return Error(ErrorCode::malformed, "expected a basic response, saw another type");
    }
    fields.has_basic_answer = true;
    HG_TRY(const DerValue basic, read_der(content.content, der_tag::sequence, "a basic response"));
    DerReader parts(basic.content);
    HG_TRY(const DerValue data, parts.expect(der_tag::sequence, "a response's signed part"));
    HG_CHECK(read_response_data(data, fields));
    HG_TRY(SignatureField signature, read_signature(parts));
    fields.algorithm = std::move(signature.algorithm);
    HG_TRY(const auto certificates, parts.optional(der_tag::context_constructed(0)));
    static_cast<void>(certificates);
    HG_CHECK(parts.finish("a basic response"));
    // The spans of the algorithm look into the caller's bytes; nothing of them is kept but the
    // name.
    fields.algorithm.parameters = {};
    fields.algorithm.whole = {};
    return fields;
}

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
        {"ocsp-answers-several", "RFC 5019 section 2.2.1", warning, "one answer", ocsp_several},
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
