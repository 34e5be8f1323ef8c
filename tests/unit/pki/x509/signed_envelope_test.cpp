// SPDX-License-Identifier: Apache-2.0
// The outer form of every signed document. A signature or key whose BIT STRING claims unused bits
// is the same octets in other bytes: a second encoding, under which a document has another
// fingerprint while its signature still fits.
#include <pki/crypto/signer.hpp>
#include <pki/lint/lint.hpp>
#include <pki/x509/request.hpp>
#include <pki/x509/revocation_fields.hpp>
#include <pki/x509/signed_envelope.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/lint/der_maker.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gtest/gtest.h>

#include <functional>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using heliograph::test::succeeded;
using test::bits;
using test::Octets;
using test::SampleChain;
using test::sequence;
using test::sure;

constexpr auto rules = RuleSet::private_authority;

/// The document with one bit of its signature called unused. A bit that is one may not be called so
/// (X.690, section 11.2.1), hence documents whose last bit is zero: every second one.
Bytes with_unused_bit(const std::function<Bytes()>& make) {
    for (;;) {
        Bytes der = make();
        if ((der.back() & std::byte{1}) != std::byte{0}) {
            continue;
        }
        DerReader parts(sure(read_der(der, der_tag::sequence, "a document")).content);
        sure(parts.next());
        sure(parts.next());
        const DerValue signature = sure(parts.next());
        der[static_cast<std::size_t>(signature.content.data() - der.data())] = std::byte{1};
        return der;
    }
}

/// `name`, a key and no attributes, signed by the key.
Bytes request_of(const PrivateKey& key, const Octets& spki) {
    const Octets info = sequence(
        test::number(Octets(1, '\0')) + test::name("a") + spki + test::tlv(0xa0, Octets())
    );
    const Bytes signature = sure(sign(key, bytes_of(info)));
    return to_bytes(bytes_of(
        sequence(info + test::algorithm(test::ecdsa_sha256) + bits(Octets(text_of(signature))))
    ));
}

Octets spki_of(const PrivateKey& key) {
    return Octets(text_of(key.public_key().spki_der()));
}

TEST(SignedEnvelope, OfACertificateIsRefusedWithUnusedBits) {
    SampleChain chain;
    const Bytes der = with_unused_bit([&] { return chain.leaf(LeafKind::server).to_der(); });
    expect_error(read_certificate_fields(der), ErrorCode::malformed, "1 unused bits");
    EXPECT_NE(lint_certificate(der, rules).find("certificate-malformed"), nullptr);
}

TEST(SignedEnvelope, OfACertificateInAChainIsRefusedWhereverItStands) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::server);
    request.revocation = RevocationPolicy::not_checked;
    ASSERT_TRUE(sure(check_chain(request)).accepted());
    ChainRequest below = request;
    below.intermediates = {sure(Certificate::parse_der(with_unused_bit([&] {
        return sure(make_intermediate(
                        {.common_name = "Sample Intermediate",
                         .organization = "Sample",
                         .constraints = loopback_constraints(),
                         .validity = validity_from(test::sample_now, std::chrono::days(1826)),
                         .subject_key = chain.intermediate_key.public_key()},
                        {chain.root, chain.root_key}
                    ))
            .to_der();
    })))};
    EXPECT_TRUE(sure(check_chain(below)).has(ChainDefectCode::untrusted_issuer));
    request.leaf = sure(Certificate::parse_der(with_unused_bit([&] {
        return chain.leaf(LeafKind::server).to_der();
    })));
    const ChainReport report = sure(check_chain(request));
    EXPECT_FALSE(report.accepted());
    EXPECT_NE(report.summary().find("unused bits"), std::string::npos) << report.summary();
}

TEST(SignedEnvelope, OfARevocationListIsRefusedWithUnusedBits) {
    SampleChain chain;
    const Bytes der = with_unused_bit([&] { return chain.list_of_intermediate().to_der(); });
    expect_error(read_revocation_fields(der), ErrorCode::malformed, "1 unused bits");
    EXPECT_NE(lint_revocation_list(der, rules).find("list-malformed"), nullptr);
    // libcrypto would read it, and the chain check would pass over it as if nobody were revoked.
    expect_error(RevocationList::parse_der(der), ErrorCode::malformed, "1 unused bits");
}

TEST(SignedEnvelope, OfARequestIsRefusedWithUnusedBits) {
    const PrivateKey key = sure(PrivateKey::generate());
    EXPECT_TRUE(succeeded(CertificateRequest::parse_der(request_of(key, spki_of(key)))));
    const Bytes der = with_unused_bit([&] { return request_of(key, spki_of(key)); });
    EXPECT_NE(lint_request(der, rules).find("request-malformed"), nullptr);
    expect_error(CertificateRequest::parse_der(der), ErrorCode::malformed, "unused bits");
}

TEST(SignedEnvelope, OfARequestIsRefusedForAKeyWithUnusedBits) {
    PrivateKey key = sure(PrivateKey::generate());
    while ((static_cast<unsigned char>(spki_of(key).back()) & 1U) != 0) {
        key = sure(PrivateKey::generate());
    }
    Octets spki = spki_of(key);
    constexpr std::size_t point_bytes = 65;
    spki[spki.size() - point_bytes - 1] = '\1';
    const Bytes der = request_of(key, spki);
    EXPECT_NE(lint_request(der, rules).find("request-malformed"), nullptr);
    expect_error(CertificateRequest::parse_der(der), ErrorCode::malformed, "unused bits");
}

TEST(SignedEnvelope, OfAnOcspResponseIsRefusedWithUnusedBits) {
    const Octets der(text_of(test::OcspParts().der()));
    const Octets right = bits("signature");
    ASSERT_EQ(der.substr(der.size() - right.size()), right);
    const auto ending = [&der, &right](const Octets& signature) {
        return lint_ocsp_response(
            to_bytes(bytes_of(der.substr(0, der.size() - right.size()) + signature)), rules
        );
    };
    EXPECT_EQ(ending(bits("signaturf")).find("ocsp-malformed"), nullptr);
    EXPECT_NE(ending(bits("signaturf", 1)).find("ocsp-malformed"), nullptr);
}

TEST(SignedEnvelope, HasThreePartsAndNothingBehindThem) {
    const Octets signed_part = sequence({});
    const Octets algorithm = test::algorithm(test::ecdsa_sha256);
    const auto read = [](const Octets& content) {
        return read_signed_envelope(bytes_of(content), "a document");
    };
    EXPECT_TRUE(succeeded(read(sequence(signed_part + algorithm + bits("s")))));
    for (const Octets& content :
         {Octets(),
          signed_part,
          signed_part + algorithm,
          signed_part + bits("s") + algorithm,
          signed_part + algorithm + test::octet_string("s"),
          signed_part + algorithm + bits("s") + test::number("\1")}) {
        expect_error(read(sequence(content)), ErrorCode::malformed, "expected");
    }
    expect_error(
        read(sequence(signed_part + algorithm + bits("s")) + "x"),
        ErrorCode::malformed,
        "a document"
    );
    expect_error(
        read(sequence(test::number("\1"))), ErrorCode::malformed, "a document's signed part"
    );
}

}  // namespace
}  // namespace heliograph::pki
