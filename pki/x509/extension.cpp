// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/digest.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/extension.hpp>
#include <pki/x509/ip_address.hpp>

namespace heliograph::pki {

namespace {

Outcome add(X509* certificate, int nid, void* value, Critical critical) {
    return check(
        X509_add1_ext_i2d(
            certificate, nid, value, critical == Critical::yes ? 1 : 0, X509V3_ADD_DEFAULT
        ),
        std::string("add the extension ") + OBJ_nid2ln(nid)
    );
}

template <typename Handle>
Handle made(Handle handle) {
    // These constructors fail only without memory.
    HG_ASSERT(handle != nullptr);
    return handle;
}

GeneralNameHandle text_name(int type, const std::string& text) {
    auto name = made(GeneralNameHandle(GENERAL_NAME_new()));
    ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
    HG_ASSERT(value != nullptr);
    HG_ASSERT(ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) == 1);
    GENERAL_NAME_set0_value(name.get(), type, value);
    return name;
}

GeneralNameHandle octet_name(ByteSpan octets) {
    auto name = made(GeneralNameHandle(GENERAL_NAME_new()));
    ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
    HG_ASSERT(value != nullptr);
    HG_ASSERT(
        ASN1_OCTET_STRING_set(value, openssl_bytes(octets), static_cast<int>(octets.size())) == 1
    );
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, value);
    return name;
}

void push_permitted(NAME_CONSTRAINTS* constraints, GeneralNameHandle name) {
    auto subtree = made(SubtreeHandle(GENERAL_SUBTREE_new()));
    GENERAL_NAME_free(subtree->base);
    subtree->base = name.release();
    if (constraints->permittedSubtrees == nullptr) {
        constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
        HG_ASSERT(constraints->permittedSubtrees != nullptr);
    }
    HG_ASSERT(sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, subtree.get()) > 0);
    static_cast<void>(subtree.release());  // The stack owns it now.
}

Result<AuthorityKeyIdHandle> authority_key_id(X509* issuer) {
    // Decoded from the extension and not asked of the library's cache, which a certificate in the
    // making has not got yet.
    HG_TRY(
        OctetStringHandle id,
        decode_extension<OctetStringHandle>(issuer, NID_subject_key_identifier, X509_get_ext_d2i)
    );
    if (id == nullptr) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an issuer certificate with a subject key identifier, saw one without"
        );
    }
    auto key_id = made(AuthorityKeyIdHandle(AUTHORITY_KEYID_new()));
    key_id->keyid = id.release();
    return key_id;
}

}  // namespace

Outcome add_ca_constraints(X509* certificate, std::optional<long> path_length) {
    const auto constraints = made(BasicConstraintsHandle(BASIC_CONSTRAINTS_new()));
    constraints->ca = 0xff;
    if (path_length) {
        constraints->pathlen = ASN1_INTEGER_new();
        HG_ASSERT(constraints->pathlen != nullptr);
        HG_ASSERT(ASN1_INTEGER_set(constraints->pathlen, *path_length) == 1);
    }
    return add(certificate, NID_basic_constraints, constraints.get(), Critical::yes);
}

Outcome add_key_usage(X509* certificate, const std::vector<int>& bits) {
    const auto usage = made(KeyUsageHandle(ASN1_BIT_STRING_new()));
    for (const int bit : bits) {
        HG_ASSERT(ASN1_BIT_STRING_set_bit(usage.get(), bit, 1) == 1);
    }
    return add(certificate, NID_key_usage, usage.get(), Critical::yes);
}

Outcome add_extended_key_usage(X509* certificate, const std::vector<int>& purposes) {
    const auto usage = made(UsageStackHandle(sk_ASN1_OBJECT_new_null()));
    for (const int nid : purposes) {
        HG_ASSERT(sk_ASN1_OBJECT_push(usage.get(), OBJ_nid2obj(nid)) > 0);
    }
    return add(certificate, NID_ext_key_usage, usage.get(), Critical::no);
}

Outcome add_subject_key_id(X509* certificate) {
    const ASN1_BIT_STRING* const bits = X509_get0_pubkey_bitstr(certificate);
    HG_ASSERT(bits != nullptr);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(bits));
    const Sha256 digest = sha256(std::as_bytes(std::span(ASN1_STRING_get0_data(bits), size)));
    const auto id = made(OctetStringHandle(ASN1_OCTET_STRING_new()));
    HG_ASSERT(ASN1_OCTET_STRING_set(id.get(), openssl_bytes(digest.span()), 20) == 1);
    return add(certificate, NID_subject_key_identifier, id.get(), Critical::no);
}

Outcome add_authority_key_id(X509* certificate, X509* issuer) {
    HG_TRY(const auto id, authority_key_id(issuer));
    return add(certificate, NID_authority_key_identifier, id.get(), Critical::no);
}

Outcome add_authority_key_id(X509_CRL* list, X509* issuer) {
    HG_TRY(const auto id, authority_key_id(issuer));
    return check(
        X509_CRL_add1_ext_i2d(list, NID_authority_key_identifier, id.get(), 0, X509V3_ADD_DEFAULT),
        "add the extension authority key identifier"
    );
}

Outcome add_name_constraints(X509* certificate, const NameConstraints& constraints) {
    if (constraints.empty()) {
        return {};
    }
    const auto value = made(NameConstraintsHandle(NAME_CONSTRAINTS_new()));
    for (const std::string& name : constraints.dns) {
        push_permitted(value.get(), text_name(GEN_DNS, name));
    }
    for (const std::string& range : constraints.ip_ranges) {
        HG_TRY(const Bytes octets, parse_ip_range(range));
        push_permitted(value.get(), octet_name(octets));
    }
    for (const std::string& host : constraints.uri) {
        push_permitted(value.get(), text_name(GEN_URI, host));
    }
    return add(certificate, NID_name_constraints, value.get(), Critical::yes);
}

Outcome add_distribution_urls(X509* certificate, const DistributionUrls& urls) {
    if (!urls.revocation_list.empty()) {
        const auto points = made(ListPointsHandle(sk_DIST_POINT_new_null()));
        auto point = made(ListPointHandle(DIST_POINT_new()));
        point->distpoint = DIST_POINT_NAME_new();
        HG_ASSERT(point->distpoint != nullptr);
        point->distpoint->type = 0;  // fullName
        point->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
        auto name = text_name(GEN_URI, urls.revocation_list);
        HG_ASSERT(sk_GENERAL_NAME_push(point->distpoint->name.fullname, name.get()) > 0);
        static_cast<void>(name.release());  // The stack owns it now.
        HG_ASSERT(sk_DIST_POINT_push(points.get(), point.get()) > 0);
        static_cast<void>(point.release());
        HG_CHECK(add(certificate, NID_crl_distribution_points, points.get(), Critical::no));
    }
    const auto access = made(InformationHandle(sk_ACCESS_DESCRIPTION_new_null()));
    const auto push_access = [&access](int method, const std::string& url) {
        if (url.empty()) {
            return;
        }
        auto description = made(AccessHandle(ACCESS_DESCRIPTION_new()));
        ASN1_OBJECT_free(description->method);
        description->method = OBJ_nid2obj(method);
        GENERAL_NAME_free(description->location);
        description->location = text_name(GEN_URI, url).release();
        HG_ASSERT(sk_ACCESS_DESCRIPTION_push(access.get(), description.get()) > 0);
        static_cast<void>(description.release());
    };
    push_access(NID_ad_OCSP, urls.ocsp);
    push_access(NID_ad_ca_issuers, urls.issuer);
    if (sk_ACCESS_DESCRIPTION_num(access.get()) == 0) {
        return {};
    }
    return add(certificate, NID_info_access, access.get(), Critical::no);
}

}  // namespace heliograph::pki
