// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/request.hpp>
#include <pki/x509/signed_envelope.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

constexpr std::size_t request_name_limit = 100;

Error refused_request(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

// What pki lint calls malformed is not signed: the library overlooks unused bits of a key.
Outcome check_form(ByteSpan der) {
    HG_TRY(const SignedEnvelope envelope, read_signed_envelope(der, "a request"));
    DerReader parts(envelope.tbs.content);
    HG_TRY(const DerValue version, parts.expect(der_tag::integer, "a version"));
    HG_TRY(const DerValue subject, parts.expect(der_tag::sequence, "a subject"));
    HG_TRY(const KeyField key, read_key(parts));
    static_cast<void>(version);
    static_cast<void>(subject);
    static_cast<void>(key);
    return {};
}

// Two lists, or Microsoft's beside the standard's, are read differently by different readers.
Outcome check_attributes(X509_REQ* request) {
    const int first = X509_REQ_get_attr_by_NID(request, NID_ext_req, -1);
    if ((first >= 0 && X509_REQ_get_attr_by_NID(request, NID_ext_req, first) >= 0) ||
        X509_REQ_get_attr_by_NID(request, NID_ms_ext_req, -1) >= 0) {
        return refused_request(
            "expected one list of requested extensions (PKCS #9), saw several or one of another "
            "kind"
        );
    }
    return {};
}

Outcome check_signature(X509_REQ* request, EVP_PKEY* key) {
    int digest = NID_undef;
    int kind = NID_undef;
    // Ed25519 names no digest of its own; the others must name a strong one.
    const bool known =
        OBJ_find_sigid_algs(X509_REQ_get_signature_nid(request), &digest, &kind) == 1;
    // RSA-PSS names its digest elsewhere, out of sight here.
    const bool strong =
        kind == NID_ED25519 || digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
    if (!known || !strong) {
        return Error(
            ErrorCode::unsupported,
            "expected a request signed over SHA-256 or better, saw a weaker or unknown digest; "
            "make a new one with 'openssl req -new -sha256'"
        );
    }
    if (X509_REQ_verify(request, key) != 1) {
        drain_openssl_errors();
        return refused_request(
            "expected a request signed by the key in it, saw a signature that is not of this key"
        );
    }
    return {};
}

Result<std::string> text_of_name(const ASN1_STRING* value) {
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
    const std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), size);
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (text.empty() || !printable) {
        return refused_request("expected printable ASCII in the requested names, saw other bytes");
    }
    return text;
}

Outcome check_no_authority(const STACK_OF(X509_EXTENSION) * extensions) {
    HG_TRY(
        const auto basic,
        decode_extension<BasicConstraintsHandle>(extensions, NID_basic_constraints, X509V3_get_d2i)
    );
    if (basic != nullptr && basic->ca != 0) {
        return refused_request(
            "expected a request for an end certificate, saw one that asks to be an authority"
        );
    }
    return {};
}

}  // namespace

Result<CertificateRequest> CertificateRequest::parse_der(ByteSpan der) {
    if (der.size() > request_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a request of at most 64 KiB, saw more");
    }
    const unsigned char* cursor = openssl_bytes(der);
    const RequestHandle request(d2i_X509_REQ(nullptr, &cursor, static_cast<long>(der.size())));
    if (request == nullptr || cursor != openssl_bytes(der) + der.size() ||
        encode_der(request.get(), i2d_X509_REQ) != to_bytes(der)) {
        drain_openssl_errors();
        return refused_request("expected a certification request in DER, saw something else");
    }
    HG_CHECK(check_form(der));
    HG_CHECK(check_attributes(request.get()));
    EVP_PKEY* const key = X509_REQ_get_pubkey(request.get());
    if (key == nullptr) {
        drain_openssl_errors();
        return Error(
            ErrorCode::unsupported, "expected a request with a known kind of key, saw another"
        );
    }
    const std::shared_ptr<EVP_PKEY> owned(key, EVP_PKEY_free);
    HG_CHECK(check_requested_key(key));
    HG_CHECK(check_signature(request.get(), key));

    CertificateRequest read(PublicKey::adopt(owned));
    read.m_common_name = common_name_of(X509_REQ_get_subject_name(request.get()));
    const ExtensionStackHandle extensions(X509_REQ_get_extensions(request.get()));
    drain_openssl_errors();
    HG_CHECK(check_no_authority(extensions.get()));
    HG_TRY(
        const auto names,
        decode_extension<GeneralNamesHandle>(extensions.get(), NID_subject_alt_name, X509V3_get_d2i)
    );
    const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
    if (count > static_cast<int>(request_name_limit)) {
        return Error(ErrorCode::too_large, "expected at most 100 requested names, saw more");
    }
    for (int i = 0; i < count; ++i) {
        int type = 0;
        const auto* const value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type)
        );
        if (type == GEN_IPADD) {
            const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
            const auto octets = std::as_bytes(std::span(ASN1_STRING_get0_data(value), size));
            HG_TRY(std::string address, format_ip(octets));
            read.m_ip.push_back(std::move(address));
            continue;
        }
        if (type != GEN_DNS && type != GEN_URI && type != GEN_EMAIL) {
            return refused_request(
                "expected DNS names, addresses, URIs and e-mail addresses in a request, saw a name "
                "of another sort"
            );
        }
        HG_TRY(std::string text, text_of_name(value));
        auto& list = type == GEN_DNS ? read.m_dns : type == GEN_URI ? read.m_uri : read.m_email;
        list.push_back(std::move(text));
    }
    return read;
}

Result<CertificateRequest> CertificateRequest::parse_pem(std::string_view pem) {
    if (pem.size() > 2 * request_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a request of at most 128 KiB, saw more");
    }
    PemReader reader(pem);
    HG_TRY(const auto block, reader.next());
    const bool request = block && (block->label == "CERTIFICATE REQUEST" ||
                                   block->label == "NEW CERTIFICATE REQUEST");
    if (!request) {
        return refused_request(
            "expected one PEM block CERTIFICATE REQUEST, saw " +
            (block ? "one of " + std::string(block->label.substr(0, 64)) : std::string("none"))
        );
    }
    HG_TRY(const auto second, reader.next());
    if (second) {
        return refused_request("expected one PEM block CERTIFICATE REQUEST, saw another block");
    }
    HG_TRY(const Bytes der, block->decode());
    return parse_der(der);
}

}  // namespace heliograph::pki
