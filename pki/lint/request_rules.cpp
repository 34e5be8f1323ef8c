// SPDX-License-Identifier: Apache-2.0
// What lint says of certification requests (PKCS #10, RFC 2986).
#include <pki/crypto/openssl_handle.hpp>
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/issued_signature.hpp>
#include <pki/x509/signed_envelope.hpp>

namespace heliograph::pki {

namespace {

constexpr std::string_view extension_request = "1.2.840.113549.1.9.14";

bool is_signed_by_itself(const CertificateFields& asked) {
    const unsigned char* cursor = openssl_bytes(asked.spki);
    EVP_PKEY* const key = d2i_PUBKEY(nullptr, &cursor, static_cast<long>(asked.spki.size()));
    drain_openssl_errors();
    if (key == nullptr) {
        return false;
    }
    const auto state = check_issued_signature(
        {asked.outer_algorithm, asked.tbs, asked.signature},
        PublicKey::adopt(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free))
    );
    return state.has_value() && *state == IssuedSignature::good;
}

Outcome read_attributes(ByteSpan content, CertificateFields& asked) {
    DerReader attributes(content);
    while (!attributes.at_end()) {
        HG_TRY(const DerValue one, attributes.expect(der_tag::sequence, "an attribute"));
        DerReader parts(one.content);
        HG_TRY(const DerValue type, parts.expect(der_tag::object_id, "an attribute's type"));
        HG_TRY(const std::string text, der_object_id(type));
        HG_TRY(const DerValue values, parts.expect(der_tag::set, "an attribute's values"));
        HG_CHECK(parts.finish("an attribute"));
        if (text == extension_request) {
            HG_TRY(const DerValue list, read_der(values.content, der_tag::sequence, "extensions"));
            HG_TRY(asked.extensions, read_extensions(list.content, ReadingMode::for_lint));
            asked.has_empty_extensions = asked.extensions.empty();
        }
    }
    decode_extensions(asked, ReadingMode::for_lint);
    return {};
}

LintFlaw request_version(const RequestFields& request) {
    return flaw_if(request.version != 0, std::to_string(request.version));
}

LintFlaw request_signature(const RequestFields& request) {
    return flaw_if(!request.is_signature_good, "one that does not fit");
}

LintFlaw request_digest(const RequestFields& request) {
    const std::string& type = request.asked.outer_algorithm.oid;
    return flaw_if(is_weak_signature_algorithm(type), signature_algorithm_name(type));
}

// What the rule of this id says of the key in a certificate.
LintFlaw key_rule(const RequestFields& request, std::string_view id) {
    for (const ShapeRule& rule : key_shape_rules()) {
        if (rule.id == id) {
            return rule.broken({request.asked, position::leaf});
        }
    }
    return {};
}

LintFlaw request_key(const RequestFields& request) {
    return key_rule(request, "key-too-weak");
}

LintFlaw request_key_kind(const RequestFields& request) {
    for (const std::string_view id : {"key-kind-unfit", "key-kind-unsupported", "key-point-form"}) {
        if (auto flaw = key_rule(request, id)) {
            return flaw;
        }
    }
    return {};
}

LintFlaw request_form(const RequestFields& request) {
    const CertificateFields& asked = request.asked;
    for (const std::string& level : asked.subject.canonical) {
        if (level.empty()) {
            return LintFlaw("no attribute at one level of the subject");
        }
    }
    for (const ExtensionField& extension : asked.extensions) {
        if (extension.has_written_default) {
            return "critical FALSE of the extension " + extension.oid + " written out";
        }
    }
    return flaw_if(asked.has_empty_extensions, "an empty list of extensions");
}

LintFlaw request_extensions(const RequestFields& request) {
    const auto& faults = request.asked.faults;
    return faults.empty() ? LintFlaw()
                          : LintFlaw(faults.front().place + ": " + faults.front().reason);
}

LintFlaw request_authority(const RequestFields& request) {
    return flaw_if(request.asked.is_ca(), "CA:TRUE");
}

}  // namespace

Result<RequestFields> read_request_fields(ByteSpan der) {
    if (der.size() > certificate_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a request of at most 64 KiB, saw more");
    }
    RequestFields request;
    CertificateFields& asked = request.asked;
    asked.der = std::make_shared<const Bytes>(to_bytes(der));
    HG_TRY(SignedEnvelope envelope, read_signed_envelope(*asked.der, "a request"));
    asked.tbs = envelope.tbs.whole;
    asked.outer_algorithm = std::move(envelope.signature.algorithm);
    asked.signature = envelope.signature.octets;
    DerReader parts(envelope.tbs.content);
    HG_TRY(const DerValue version, parts.expect(der_tag::integer, "a version"));
    HG_TRY(request.version, der_small_number(version));
    HG_TRY(const DerValue subject, parts.expect(der_tag::sequence, "a subject"));
    HG_TRY(asked.subject, read_name(subject, ReadingMode::for_lint));
    HG_TRY(KeyField key, read_key(parts));
    asked.spki = key.whole;
    asked.key_algorithm = std::move(key.algorithm);
    asked.key = key.octets;
    HG_TRY(
        const DerValue attributes,
        parts.expect(der_tag::context_constructed(0), "a request's attributes")
    );
    HG_CHECK(read_attributes(attributes.content, asked));
    HG_CHECK(parts.finish("a request's signed part"));
    request.is_signature_good = is_signed_by_itself(asked);
    return request;
}

const std::vector<LintRule<RequestFields>>& request_lint_rules() {
    constexpr auto error = LintSeverity::error;
    static const std::vector<LintRule<RequestFields>> rules = {
        {"request-version", "RFC 2986 section 4.1", error, "version 0", request_version},
        {"request-signature",
         "RFC 2986 section 4.2",
         error,
         "a signature by the key of the request",
         request_signature},
        {"request-digest-weak",
         "RFC 6194 section 3",
         error,
         "a signature over SHA-256 or longer",
         request_digest},
        {"request-key-weak",
         "RFC 5480 section 2.1.1, NIST SP 800-57",
         error,
         "an RSA key from 2048 bits, or an EC key from P-256",
         request_key},
        {"request-key-unsupported",
         "RFC 5280 section 6.1.3, RFC 5480 section 2.2",
         error,
         "an RSA key of at most 8192 bits, an EC key on P-256 or P-384 as an uncompressed point, "
         "or Ed25519",
         request_key_kind},
        {"request-form",
         "RFC 2986 section 4.1, X.690 section 11.5",
         error,
         "names and extensions in DER as the standard has them",
         request_form},
        {"request-extension-malformed",
         "RFC 2985 section 5.4.2",
         error,
         "extensions as the standard has them",
         request_extensions},
        {"request-for-authority",
         "RFC 5280 section 4.2.1.9",
         LintSeverity::warning,
         "a request for an end certificate",
         request_authority},
    };
    return rules;
}

}  // namespace heliograph::pki
