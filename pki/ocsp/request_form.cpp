// SPDX-License-Identifier: Apache-2.0
#include <pki/ocsp/request_form.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/der_reader.hpp>

namespace heliograph::pki {

namespace {

Error malformed(std::string sentence) {
    return {ErrorCode::malformed, std::move(sentence)};
}

Outcome check_certificate_id(const DerValue& value) {
    DerReader parts(value.content);
    HG_TRY(const DerValue digest, parts.expect(der_tag::sequence, "a digest's algorithm"));
    HG_TRY(const AlgorithmField algorithm, read_algorithm(digest));
    if (!algorithm.parameters.empty()) {
        HG_CHECK(read_der(algorithm.parameters, der_tag::null, "a digest's parameter"));
    }
    HG_CHECK(parts.expect(der_tag::octet_string, "a digest of the issuer's name"));
    HG_CHECK(parts.expect(der_tag::octet_string, "a digest of the issuer's key"));
    HG_TRY(const DerValue serial, parts.expect(der_tag::integer, "a serial number"));
    HG_CHECK(der_integer(serial));
    return parts.finish("a certificate's id");
}

Outcome check_asked(const DerValue& list) {
    DerReader reader(list.content);
    std::size_t count = 0;
    while (!reader.at_end()) {
        if (++count > ocsp_request_limit) {
            return malformed(
                "expected a request for at most " + std::to_string(ocsp_request_limit) +
                " certificates, saw more"
            );
        }
        HG_TRY(const DerValue one, reader.expect(der_tag::sequence, "a request for one"));
        DerReader parts(one.content);
        HG_TRY(const DerValue id, parts.expect(der_tag::sequence, "a certificate's id"));
        HG_CHECK(check_certificate_id(id));
        HG_CHECK(parts.optional(der_tag::context_constructed(0)));
        HG_CHECK(parts.finish("a request for one"));
    }
    return count > 0 ? Outcome()
                     : malformed("expected a request for a certificate, saw an empty list");
}

// The nonce is the client's: it is repeated, but not without measure.
Outcome check_extensions(const DerValue& tagged) {
    HG_TRY(const DerValue list, read_der(tagged.content, der_tag::sequence, "extensions"));
    HG_TRY(const auto extensions, read_extensions(list.content));
    for (const ExtensionField& extension : extensions) {
        if (extension.oid != oid::ocsp_nonce) {
            continue;
        }
        HG_TRY(const DerValue nonce, read_der(extension.value, der_tag::octet_string, "a nonce"));
        if (nonce.content.empty() || nonce.content.size() > ocsp_nonce_limit_bytes) {
            return malformed(
                "expected a nonce of 1 to " + std::to_string(ocsp_nonce_limit_bytes) +
                " octets, saw " + std::to_string(nonce.content.size())
            );
        }
    }
    return {};
}

}  // namespace

Outcome check_ocsp_request_form(ByteSpan request) {
    if (request.size() > ocsp_request_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a request of at most 16 KiB, saw more");
    }
    HG_TRY(const DerValue whole, read_der(request, der_tag::sequence, "an OCSP request"));
    DerReader reader(whole.content);
    HG_TRY(const DerValue signed_part, reader.expect(der_tag::sequence, "a request's content"));
    HG_CHECK(reader.optional(der_tag::context_constructed(0)));  // A signature.
    HG_CHECK(reader.finish("an OCSP request"));

    DerReader parts(signed_part.content);
    HG_CHECK(parts.optional(der_tag::context_constructed(0)));  // A version.
    HG_CHECK(parts.optional(der_tag::context_constructed(1)));  // Who asks.
    HG_TRY(const DerValue asked, parts.expect(der_tag::sequence, "a list of requests"));
    HG_CHECK(check_asked(asked));
    HG_TRY(const auto extensions, parts.optional(der_tag::context_constructed(2)));
    if (extensions) {
        HG_CHECK(check_extensions(*extensions));
    }
    return parts.finish("a request's content");
}

}  // namespace heliograph::pki
