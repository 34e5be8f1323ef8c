// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/digest_check.hpp>
#include <pki/crypto/digest_signer.hpp>
#include <pki/crypto/signature_check.hpp>
#include <pki/crypto/signer.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

constexpr std::string_view page = "<html>the page</html>\n";

class Signature : public testing::TestWithParam<KeyType> {
  protected:
    Signature()
        : m_key(PrivateKey::generate(GetParam())), m_signature(sign(*m_key, bytes_of(page))) {}

    SignatureOutcome check(std::string_view message, ByteSpan signature) const {
        const auto outcome = check_signature(
            m_key->public_key(), SignedBytes(bytes_of(message)), SignatureBytes(signature)
        );
        EXPECT_TRUE(succeeded(outcome));
        return outcome.has_value() ? *outcome : SignatureOutcome::invalid;
    }

    Result<PrivateKey> m_key;
    Result<Bytes> m_signature;
};

TEST_P(Signature, OfTheSameBytesIsValid) {
    EXPECT_EQ(check(page, *m_signature), SignatureOutcome::valid);
    EXPECT_LE(m_signature->size(), signature_limit_bytes);
}

TEST_P(Signature, IsMadeFromTheDigestAloneWhereTheSchemeAllowsIt) {
    auto signer = DigestSigner::make(*m_key);
    ASSERT_EQ(signer.has_value(), signs_digests(*m_key));
    if (!signer) {
        expect_error(signer, ErrorCode::unsupported, "signs digests");
        return;
    }
    for (const std::string_view message : {page, std::string_view("another page")}) {
        const auto signature = signer->sign(sha256(bytes_of(message)));
        ASSERT_TRUE(succeeded(signature));
        EXPECT_EQ(check(message, *signature), SignatureOutcome::valid);
    }
}

TEST_P(Signature, IsCheckedByTheDigestAloneWhereTheSchemeAllowsIt) {
    auto by_digest = DigestCheck::make(m_key->public_key());
    ASSERT_EQ(by_digest.has_value(), signs_digests(*m_key));
    if (!by_digest) {
        expect_error(by_digest, ErrorCode::unsupported, "signs digests");
        return;
    }
    const auto digest = sha256(bytes_of(page));
    EXPECT_TRUE(by_digest->accepts(digest, *m_signature));
    EXPECT_FALSE(by_digest->accepts(sha256(bytes_of("another page")), *m_signature));
    EXPECT_FALSE(by_digest->accepts(digest, {}));
    for (std::size_t i = 0; i < m_signature->size(); ++i) {
        Bytes altered = *m_signature;
        altered[i] ^= std::byte{1};
        EXPECT_FALSE(by_digest->accepts(digest, altered)) << i;
    }
    EXPECT_TRUE(by_digest->accepts(digest, *m_signature)) << "as often as it is asked";
}

TEST_P(Signature, RejectsOneFlippedBitAnywhereInTheMessage) {
    for (std::size_t i = 0; i < page.size(); ++i) {
        std::string altered(page);
        altered[i] = static_cast<char>(altered[i] ^ 1);
        EXPECT_EQ(check(altered, *m_signature), SignatureOutcome::invalid) << i;
    }
    EXPECT_EQ(check("", *m_signature), SignatureOutcome::invalid);
}

TEST_P(Signature, RejectsOneFlippedBitAnywhereInItself) {
    for (std::size_t i = 0; i < m_signature->size(); ++i) {
        Bytes altered = *m_signature;
        altered[i] ^= std::byte{1};
        EXPECT_EQ(check(page, altered), SignatureOutcome::invalid) << i;
    }
}

TEST_P(Signature, ThatIsNoDerIsInvalidAndNoError) {
    Bytes longer = *m_signature;
    longer.push_back(std::byte{0});
    EXPECT_EQ(check(page, longer), SignatureOutcome::invalid);
    EXPECT_EQ(check(page, {}), SignatureOutcome::invalid);
    EXPECT_EQ(check(page, bytes_of("no signature")), SignatureOutcome::invalid);
    EXPECT_EQ(check(page, Bytes(100'000, std::byte{0x30})), SignatureOutcome::invalid);
    const ByteSpan whole(*m_signature);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(check(page, whole.first(size)), SignatureOutcome::invalid) << size;
    }
}

TEST_P(Signature, ByAnotherKeyIsInvalid) {
    const auto other = PrivateKey::generate(GetParam());
    const auto outcome = check_signature(
        other->public_key(), SignedBytes(bytes_of(page)), SignatureBytes(*m_signature)
    );
    ASSERT_TRUE(succeeded(outcome));
    EXPECT_EQ(*outcome, SignatureOutcome::invalid);
}

TEST_P(Signature, AgreesWithTheOpensslCommandBothWays) {
    const test::TempFolder folder;
    const auto path = [&folder](const char* name) { return (folder / name).string(); };
    ASSERT_TRUE(succeeded(write_file_atomically(path("page"), bytes_of(page))));
    ASSERT_TRUE(succeeded(write_file_atomically(path("ours.sig"), *m_signature)));
    ASSERT_TRUE(succeeded(write_file_atomically(path("pub"), bytes_of(m_key->public_key().to_pem()))
    ));
    ASSERT_TRUE(succeeded(
        write_file_atomically(path("key"), m_key->to_pem().expose(), FileAccess::owner_only)
    ));
    const auto openssl = [](std::vector<std::string> arguments) {
        return test_support::run({.program = "openssl", .arguments = std::move(arguments)});
    };
    // The dgst command knows no Ed25519, and pkeyutl wants to be told the digest of all others.
    const bool pure = GetParam() == KeyType::ed25519;
    const auto verified = pure ? openssl(
                                     {"pkeyutl",
                                      "-verify",
                                      "-rawin",
                                      "-pubin",
                                      "-inkey",
                                      path("pub"),
                                      "-sigfile",
                                      path("ours.sig"),
                                      "-in",
                                      path("page")}
                                 )
                               : openssl(
                                     {"dgst",
                                      "-sha256",
                                      "-verify",
                                      path("pub"),
                                      "-signature",
                                      path("ours.sig"),
                                      path("page")}
                                 );
    EXPECT_EQ(verified.exit_code, 0) << verified.output << verified.errors;
    const auto made = pure ? openssl(
                                 {"pkeyutl",
                                  "-sign",
                                  "-rawin",
                                  "-inkey",
                                  path("key"),
                                  "-out",
                                  path("theirs.sig"),
                                  "-in",
                                  path("page")}
                             )
                           : openssl(
                                 {"dgst",
                                  "-sha256",
                                  "-sign",
                                  path("key"),
                                  "-out",
                                  path("theirs.sig"),
                                  path("page")}
                             );
    ASSERT_EQ(made.exit_code, 0) << made.errors;
    const auto theirs = read_file(path("theirs.sig"), 1000);
    ASSERT_TRUE(succeeded(theirs));
    EXPECT_EQ(check(page, *theirs), SignatureOutcome::valid);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    Signature,
    testing::Values(KeyType::p256, KeyType::p384, KeyType::rsa3072, KeyType::ed25519)
);

TEST(Signing, RefusesAKeyThatDoesNotSign) {
    const auto key = PrivateKey::generate(KeyType::x25519);
    ASSERT_TRUE(succeeded(key));
    expect_error(sign(*key, bytes_of(page)), ErrorCode::unsupported, "X25519");
    expect_error(
        check_signature(
            key->public_key(), SignedBytes(bytes_of(page)), SignatureBytes(bytes_of("x"))
        ),
        ErrorCode::unsupported
    );
}

}  // namespace
}  // namespace heliograph::pki
