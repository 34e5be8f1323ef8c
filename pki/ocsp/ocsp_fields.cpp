// SPDX-License-Identifier: Apache-2.0
#include <pki/ocsp/ocsp_fields.hpp>
#include <pki/ocsp/response_check.hpp>
#include <pki/x509/der_reader.hpp>
#include <pki/x509/signed_envelope.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

constexpr std::string_view basic_response = "1.3.6.1.5.5.7.48.1.1";

Outcome read_extensions_of(const DerValue& wrapped, OcspFields& fields) {
    HG_TRY(const DerValue list, read_der(wrapped.content, der_tag::sequence, "extensions"));
    HG_TRY(const auto extensions, read_extensions(list.content));
    fields.has_unknown_critical =
        fields.has_unknown_critical ||
        std::any_of(extensions.begin(), extensions.end(), [](const ExtensionField& one) {
            // A nonce belongs to a question that is not at hand; it is no reason to refuse.
            return one.critical && one.oid != oid::ocsp_nonce;
        });
    return {};
}

Result<OcspIdField> read_id(const DerValue& value) {
    OcspIdField id;
    DerReader parts(value.content);
    HG_TRY(const DerValue algorithm, parts.expect(der_tag::sequence, "a digest's algorithm"));
    HG_TRY(const AlgorithmField digest, read_algorithm(algorithm));
    id.digest = digest.oid;
    HG_TRY(const DerValue name, parts.expect(der_tag::octet_string, "the digest of a name"));
    id.issuer_name_hash = name.content;
    HG_TRY(const DerValue key, parts.expect(der_tag::octet_string, "the digest of a key"));
    id.issuer_key_hash = key.content;
    HG_TRY(const DerValue serial, parts.expect(der_tag::integer, "a serial number"));
    HG_TRY(id.serial, der_integer(serial));
    HG_CHECK(parts.finish("a certificate id"));
    return id;
}

Outcome read_revocation(const DerValue& value, OcspAnswerField& answer) {
    DerReader parts(value.content);
    HG_TRY(const DerValue at, parts.expect(der_tag::generalized_time, "a time of revocation"));
    HG_TRY(answer.revoked_at, der_time(at));
    HG_TRY(const auto wrapped, parts.optional(der_tag::context_constructed(0)));
    if (wrapped) {
        HG_TRY(const DerValue reason, read_der(wrapped->content, der_tag::enumerated, "a reason"));
        HG_TRY(answer.reason, der_small_number(reason));
    }
    return parts.finish("a revocation");
}

Outcome read_state(const DerValue& value, OcspAnswerField& answer) {
    if (value.tag == der_tag::context_constructed(1)) {
        answer.state = OcspState::revoked;
        return read_revocation(value, answer);
    }
    const bool good = value.tag == der_tag::context(0);
    if ((good || value.tag == der_tag::context(2)) && value.content.empty()) {
        answer.state = good ? OcspState::good : OcspState::unknown;
        return {};
    }
    return Error(ErrorCode::malformed, "expected the state of a certificate, saw another value");
}

Result<OcspAnswerField> read_answer(const DerValue& value, OcspFields& fields) {
    OcspAnswerField answer;
    DerReader parts(value.content);
    HG_TRY(const DerValue id, parts.expect(der_tag::sequence, "a certificate id"));
    HG_TRY(answer.id, read_id(id));
    HG_TRY(const DerValue state, parts.next());
    HG_CHECK(read_state(state, answer));
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
        HG_CHECK(read_extensions_of(*extensions, fields));
    }
    HG_CHECK(parts.finish("an answer"));
    return answer;
}

Result<OcspResponderField> read_responder(const DerValue& value) {
    OcspResponderField responder;
    if (value.tag == der_tag::context_constructed(1)) {
        HG_TRY(
            const DerValue name, read_der(value.content, der_tag::sequence, "a responder's name")
        );
        HG_TRY(responder.name, read_name(name));
        return responder;
    }
    if (value.tag == der_tag::context_constructed(2)) {
        HG_TRY(
            const DerValue hash,
            read_der(value.content, der_tag::octet_string, "the digest of a responder's key")
        );
        responder.key_hash = hash.content;
        return responder;
    }
    return Error(ErrorCode::malformed, "expected a responder's id, saw another value");
}

Outcome read_signed_part(const DerValue& data, OcspFields& fields) {
    fields.signed_part = data.whole;
    DerReader parts(data.content);
    HG_TRY(const auto version, parts.optional(der_tag::context_constructed(0)));
    if (version) {
        return Error(ErrorCode::malformed, "expected version 1 to be left out, saw a version");
    }
    HG_TRY(const DerValue responder, parts.next());
    HG_TRY(fields.responder, read_responder(responder));
    HG_TRY(const DerValue produced, parts.expect(der_tag::generalized_time, "a time"));
    HG_TRY(fields.produced, der_time(produced));
    HG_TRY(const DerValue list, parts.expect(der_tag::sequence, "answers"));
    DerReader answers(list.content);
    while (!answers.at_end()) {
        HG_TRY(const DerValue one, answers.expect(der_tag::sequence, "an answer"));
        HG_TRY(OcspAnswerField answer, read_answer(one, fields));
        if (fields.answers.size() == ocsp_answer_limit) {
            return Error(ErrorCode::too_large, "expected at most 1024 answers, saw more");
        }
        fields.answers.push_back(std::move(answer));
    }
    HG_TRY(const auto extensions, parts.optional(der_tag::context_constructed(1)));
    if (extensions) {
        HG_CHECK(read_extensions_of(*extensions, fields));
    }
    return parts.finish("a response's signed part");
}

Outcome read_certificates(const DerValue& wrapped, OcspFields& fields) {
    HG_TRY(const DerValue list, read_der(wrapped.content, der_tag::sequence, "certificates"));
    DerReader certificates(list.content);
    while (!certificates.at_end()) {
        HG_TRY(const DerValue one, certificates.expect(der_tag::sequence, "a certificate"));
        if (fields.certificates.size() == ocsp_certificate_limit) {
            return Error(
                ErrorCode::too_large, "expected at most 8 certificates in a response, saw more"
            );
        }
        fields.certificates.push_back(one.whole);
    }
    return {};
}

Outcome read_basic(ByteSpan der, OcspFields& fields) {
    HG_TRY(const DerValue basic, read_der(der, der_tag::sequence, "a basic response"));
    DerReader parts(basic.content);
    HG_TRY(const DerValue data, parts.expect(der_tag::sequence, "a response's signed part"));
    HG_CHECK(read_signed_part(data, fields));
    HG_TRY(SignatureField signature, read_signature(parts));
    fields.algorithm = std::move(signature.algorithm);
    fields.signature = signature.octets;
    HG_TRY(const auto certificates, parts.optional(der_tag::context_constructed(0)));
    if (certificates) {
        HG_CHECK(read_certificates(*certificates, fields));
    }
    return parts.finish("a basic response");
}

}  // namespace

Result<OcspFields> read_ocsp_fields(ByteSpan der) {
    if (der.size() > ocsp_response_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a response of at most 64 KiB, saw more");
    }
    OcspFields fields;
    fields.der = std::make_shared<const Bytes>(to_bytes(der));
    HG_TRY(const DerValue whole, read_der(*fields.der, der_tag::sequence, "an OCSP response"));
    DerReader reader(whole.content);
    HG_TRY(const DerValue status, reader.expect(der_tag::enumerated, "a response's status"));
    HG_TRY(fields.status, der_small_number(status));
    HG_TRY(const auto wrapped, reader.optional(der_tag::context_constructed(0)));
    HG_CHECK(reader.finish("an OCSP response"));
    if (wrapped.has_value() != (fields.status == 0)) {
        return Error(
            ErrorCode::malformed,
            "expected an answer with a successful response and with no other, saw it otherwise"
        );
    }
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
    HG_CHECK(read_basic(content.content, fields));
    return fields;
}

}  // namespace heliograph::pki
