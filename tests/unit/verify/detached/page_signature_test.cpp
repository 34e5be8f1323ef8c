// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using pki::test::sure;
using test::expect_error;

const PageSignatureContext context{"page of project demo", "CN=signer", "https://one.example/"};

Verdict check(const pki::PrivateKey& key, std::string_view page, const Bytes& signature) {
    return sure(check_page_signature(
        key.public_key(), pki::SignedBytes(bytes_of(page)), pki::SignatureBytes(signature), context
    ));
}

TEST(PageSignature, HoldsOverTheExactBytes) {
    const pki::PrivateKey key = sure(pki::PrivateKey::generate());
    const Bytes signature = sure(sign_page(key, bytes_of("page")));
    EXPECT_TRUE(check(key, "page", signature).accepted());
}

TEST(PageSignature, RejectsOneFlippedByte) {
    const pki::PrivateKey key = sure(pki::PrivateKey::generate());
    const Bytes signature = sure(sign_page(key, bytes_of("page")));
    EXPECT_NE(check(key, "pagf", signature).find("page-signature-invalid"), nullptr);
    for (std::size_t i = 0; i < signature.size(); ++i) {
        Bytes spoiled = signature;
        spoiled[i] ^= std::byte{1};
        EXPECT_FALSE(check(key, "page", spoiled).accepted()) << i;
    }
}

TEST(PageSignature, RejectsTheKeyOfAnother) {
    const Bytes signature = sure(sign_page(sure(pki::PrivateKey::generate()), bytes_of("page")));
    EXPECT_FALSE(check(sure(pki::PrivateKey::generate()), "page", signature).accepted());
}

TEST(PageSignature, IsNotMadeOverNothing) {
    expect_error(sign_page(sure(pki::PrivateKey::generate()), {}), ErrorCode::invalid_argument);
    const Bytes large(limits::page_bytes + 1);
    expect_error(sign_page(sure(pki::PrivateKey::generate()), large), ErrorCode::too_large);
}

// Nobody of ours issues such a certificate: `openssl x509 -force_pubkey` does.
constexpr const char* x25519_signer = R"(-----BEGIN CERTIFICATE-----
MIIBczCCARigAwIBAgIULeiPaUEouF5oG6d4qAA6wBDTYXkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbm8gc2lnbmVyMCAXDTI2MTEyMjA4NTMwMFoYDzIxMjYxMDI5
MDg1MzAwWjAUMRIwEAYDVQQDDAlubyBzaWduZXIwKjAFBgMrZW4DIQCj8w+XJIVU
aLAyGsWAQpfFqIyzLC+54RtqafsdOs/UL6N1MHMwDAYDVR0TAQH/BAIwADAOBgNV
HQ8BAf8EBAMCAwgwEwYDVR0lBAwwCgYIKwYBBQUHAwMwHQYDVR0OBBYEFKr/Cqns
YIe73N5kGHq1I5KpppZ5MB8GA1UdIwQYMBaAFPiLOvraBn0nizEuIssW/JgnSjnN
MAoGCCqGSM49BAMCA0kAMEYCIQDe9zB87MoLFQc95e5BRV9Rd0ShheYohzu9X0JV
n0QS6AIhAKUszgjm1B06BGsxsWBgNel+qrcvrUZCl+Z0CXpb0Je/
-----END CERTIFICATE-----
)";

TEST(ServerKey, RefusesASignerWhoseKeyCannotSign) {
    pki::test::SampleChain chain;
    const auto signer = chain.leaf(pki::LeafKind::signer);
    expect_error(
        parse_server_key(signer.to_pem() + x25519_signer + chain.intermediate.to_pem()),
        ErrorCode::unsupported,
        "X25519"
    );
}

TEST(ServerKey, SortsSignersAndIntermediates) {
    pki::test::SampleChain chain;
    const pki::Certificate signer = chain.leaf(pki::LeafKind::signer);
    const auto evidence = parse_server_key(chain.intermediate.to_pem() + signer.to_pem());
    ASSERT_TRUE(test::succeeded(evidence));
    ASSERT_EQ(evidence->signers.size(), 1U);
    EXPECT_EQ(evidence->signers[0], signer);
    ASSERT_EQ(evidence->intermediates.size(), 1U);
    EXPECT_EQ(render_server_key(*evidence), signer.to_pem() + chain.intermediate.to_pem());
}

TEST(ServerKey, RefusesTooManySignersAndTooManyBytes) {
    pki::test::SampleChain chain;
    const std::string signer = chain.leaf(pki::LeafKind::signer).to_pem();
    EXPECT_TRUE(parse_server_key(signer + signer + signer + signer));
    expect_error(
        parse_server_key(signer + signer + signer + signer + signer), ErrorCode::too_large
    );
    expect_error(
        parse_server_key(std::string(limits::server_key_bytes + 1, '\n')), ErrorCode::too_large
    );
    expect_error(parse_server_key(""), ErrorCode::malformed);
    expect_error(parse_server_key(chain.intermediate.to_pem()), ErrorCode::malformed);
}

TEST(ServerRevocation, RefusesATextWithoutLists) {
    pki::test::SampleChain chain;
    EXPECT_TRUE(parse_server_revocation(chain.list_of_root().to_pem()));
    expect_error(parse_server_revocation(""), ErrorCode::malformed);
    expect_error(
        parse_server_revocation(std::string(limits::revocation_bytes + 1, '\n')),
        ErrorCode::too_large
    );
}

}  // namespace
}  // namespace heliograph::verify
