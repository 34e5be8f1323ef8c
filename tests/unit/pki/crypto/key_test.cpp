// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/key.hpp>
#include <pki/crypto/key_file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/pki/crypto/openssl_command.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;
using test_support::openssl;

std::string pem_of(const PrivateKey& key) {
    return std::string(text_of(key.to_pem().expose()));
}

class EveryKeyType : public testing::TestWithParam<KeyType> {};

TEST_P(EveryKeyType, GoesThroughPemAndBack) {
    const auto key = PrivateKey::generate(GetParam());
    ASSERT_TRUE(succeeded(key));
    const auto again = PrivateKey::parse_pem(key->to_pem().expose());
    ASSERT_TRUE(succeeded(again));
    EXPECT_EQ(again->public_key(), key->public_key());
    const auto half = PublicKey::parse_pem(key->public_key().to_pem());
    ASSERT_TRUE(succeeded(half));
    EXPECT_EQ(*half, key->public_key());
    EXPECT_EQ(half->spki_der(), key->public_key().spki_der());
}

TEST_P(EveryKeyType, IsReadByTheOpensslCommand) {
    const auto key = PrivateKey::generate(GetParam());
    ASSERT_TRUE(succeeded(key));
    EXPECT_EQ(openssl({"pkey", "-pubout"}, pem_of(*key)), key->public_key().to_pem());
}

// What we write and read by comparing bytes is what the library's encoders write.
TEST_P(EveryKeyType, IsWrittenByteForByteAsTheOpensslCommandWritesIt) {
    const auto key = PrivateKey::generate(GetParam());
    ASSERT_TRUE(succeeded(key));
    EXPECT_EQ(openssl({"pkey"}, pem_of(*key)), pem_of(*key));
    EXPECT_EQ(key->spki_der(), key->public_key().spki_der());
    const auto half = PublicKey::parse_spki(key->spki_der());
    ASSERT_TRUE(succeeded(half));
    EXPECT_TRUE(key->belongs_to(*half));
}

TEST_P(EveryKeyType, IsReadWithNothingBehindItAndWhole) {
    const auto key = PrivateKey::generate(GetParam());
    ASSERT_TRUE(succeeded(key));
    const Bytes secret = to_bytes(key->to_der().expose());
    const Bytes half = key->spki_der();
    for (const auto change : {
             +[](Bytes& der) { der.push_back(std::byte{0}); },
             +[](Bytes& der) { der.pop_back(); },
         }) {
        Bytes changed_secret = secret;
        Bytes changed_half = half;
        change(changed_secret);
        change(changed_half);
        expect_error(PrivateKey::parse_der(changed_secret), ErrorCode::malformed);
        expect_error(PublicKey::parse_spki(changed_half), ErrorCode::malformed);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Key,
    EveryKeyType,
    testing::Values(
        KeyType::p256, KeyType::p384, KeyType::rsa3072, KeyType::ed25519, KeyType::x25519
    )
);

TEST(Key, KindsAreNamedAsPeopleTypeThem) {
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::rsa3072, KeyType::ed25519}) {
        const auto parsed = parse_signing_key_type(key_type_name(type));
        ASSERT_TRUE(succeeded(parsed));
        EXPECT_EQ(*parsed, type);
    }
    expect_error(parse_signing_key_type("x25519"), ErrorCode::invalid_argument, "p256, p384");
    expect_error(parse_signing_key_type("P256"), ErrorCode::invalid_argument);
    expect_error(parse_signing_key_type(""), ErrorCode::invalid_argument);
}

TEST(Key, TwoFreshOnesDiffer) {
    const auto one = PrivateKey::generate();
    const auto two = PrivateKey::generate();
    ASSERT_TRUE(succeeded(one));
    ASSERT_TRUE(succeeded(two));
    EXPECT_FALSE(one->public_key() == two->public_key());
    EXPECT_EQ(one->public_key().description(), "EC P-256");
}

class EveryCurve : public testing::TestWithParam<KeyType> {};

TEST_P(EveryCurve, RefusesAPointThatIsNotOnIt) {
    const auto key = PrivateKey::generate(GetParam());
    ASSERT_TRUE(succeeded(key));
    Bytes half = key->spki_der();
    half.back() ^= std::byte{1};
    expect_error(PublicKey::parse_spki(half), ErrorCode::malformed);
    Bytes secret = to_bytes(key->to_der().expose());
    secret.back() ^= std::byte{1};
    expect_error(PrivateKey::parse_der(secret), ErrorCode::malformed);
}

TEST_P(EveryCurve, RefusesHalvesOfTwoKeys) {
    const auto one = PrivateKey::generate(GetParam());
    const auto two = PrivateKey::generate(GetParam());
    ASSERT_TRUE(succeeded(one));
    ASSERT_TRUE(succeeded(two));
    Bytes mixed = to_bytes(one->to_der().expose());
    const Bytes other = two->spki_der();
    const std::ptrdiff_t point = GetParam() == KeyType::p256 ? 65 : 97;
    std::copy(other.end() - point, other.end(), mixed.end() - point);
    expect_error(PrivateKey::parse_der(mixed), ErrorCode::malformed, "halves");
}

TEST_P(EveryCurve, TakesCompressedPointsAndSecretsWithoutTheirPublicHalf) {
    const auto key = PrivateKey::generate(GetParam());
    ASSERT_TRUE(succeeded(key));
    const auto half = PublicKey::parse_pem(
        openssl({"pkey", "-pubout", "-ec_conv_form", "compressed"}, pem_of(*key))
    );
    ASSERT_TRUE(succeeded(half));
    EXPECT_TRUE(key->belongs_to(*half));
    const std::string bare = openssl({"ec", "-no_public"}, pem_of(*key));
    const auto again = PrivateKey::parse_pem(bytes_of(bare));
    ASSERT_TRUE(succeeded(again));
    EXPECT_TRUE(again->belongs_to(*half));
}

INSTANTIATE_TEST_SUITE_P(Key, EveryCurve, testing::Values(KeyType::p256, KeyType::p384));

TEST(Key, ReadsTheOlderEcForm) {
    const std::string pem = openssl({"ecparam", "-name", "prime256v1", "-genkey", "-noout"});
    ASSERT_NE(pem.find("BEGIN EC PRIVATE KEY"), std::string::npos);
    EXPECT_TRUE(succeeded(PrivateKey::parse_pem(bytes_of(pem))));
}

// A check under an exponent as long as the key costs as much as a signature.
TEST(Key, RefusesRsaExponentsOfOverSixtyFourBits) {
    const auto with_exponent = [](const std::string& exponent) {
        return PrivateKey::parse_pem(bytes_of(openssl(
            {"genpkey",
             "-algorithm",
             "RSA",
             "-pkeyopt",
             "rsa_keygen_bits:2048",
             "-pkeyopt",
             "rsa_keygen_pubexp:" + exponent}
        )));
    };
    EXPECT_TRUE(succeeded(with_exponent("4294967297")));
    expect_error(with_exponent("36893488147419103363"), ErrorCode::unsupported);
}

TEST(Key, RefusesCurvesAndSizesOutsideThePolicy) {
    expect_error(
        PrivateKey::parse_pem(bytes_of(openssl({"ecparam", "-name", "secp256k1", "-genkey"}))),
        ErrorCode::unsupported,
        "secp256k1"
    );
    expect_error(
        PrivateKey::parse_pem(bytes_of(openssl({"genrsa", "1024"}))), ErrorCode::unsupported
    );
    const std::string hidden =
        openssl({"ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit"});
    expect_error(
        PrivateKey::parse_pem(bytes_of(hidden)), ErrorCode::unsupported, "explicit parameters"
    );
}

TEST(Key, RefusesAnEncryptedKeyWithoutAskingAnybody) {
    const auto key = PrivateKey::generate();
    ASSERT_TRUE(succeeded(key));
    const std::string pkcs8 =
        openssl({"pkcs8", "-topk8", "-passout", "pass:example"}, pem_of(*key));
    expect_error(PrivateKey::parse_pem(bytes_of(pkcs8)), ErrorCode::unsupported, "encrypted");
    const std::string traditional =
        openssl({"ec", "-aes128", "-passout", "pass:example"}, pem_of(*key));
    expect_error(PrivateKey::parse_pem(bytes_of(traditional)), ErrorCode::unsupported, "encrypted");
}

TEST(Key, RefusesWhatIsNoKey) {
    expect_error(PrivateKey::parse_pem({}), ErrorCode::not_found);
    expect_error(PrivateKey::parse_pem(bytes_of("hello")), ErrorCode::not_found);
    expect_error(
        PrivateKey::parse_pem(bytes_of("-----BEGIN PRIVATE KEY-----\nAAAA\n")), ErrorCode::malformed
    );
    expect_error(
        PrivateKey::parse_pem(
            bytes_of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        ),
        ErrorCode::malformed
    );
    expect_error(PublicKey::parse_pem(""), ErrorCode::malformed);
    expect_error(PublicKey::parse_pem(std::string(70000, 'x')), ErrorCode::too_large);
    expect_error(
        PublicKey::parse_pem("-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n"),
        ErrorCode::malformed
    );
    expect_error(
        PrivateKey::parse_pem(Bytes(1024 * 1024 + 1, std::byte{'x'})), ErrorCode::too_large
    );
}

TEST(Key, EveryTruncationOfItsPemIsRefused) {
    const auto key = PrivateKey::generate();
    ASSERT_TRUE(succeeded(key));
    const std::string pem = key->public_key().to_pem();
    for (std::size_t size = 0; size + 1 < pem.size(); ++size) {
        EXPECT_FALSE(PublicKey::parse_pem(std::string_view(pem).substr(0, size)).has_value());
    }
}

TEST(KeyFile, IsWrittenForItsOwnerOnlyAndNeverReplaced) {
    const test::TempFolder folder;
    const auto key = PrivateKey::generate();
    ASSERT_TRUE(succeeded(key));
    ASSERT_TRUE(succeeded(save_private_key(folder / "a.key", *key)));
    EXPECT_EQ(
        std::filesystem::status(folder / "a.key").permissions(),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
    const auto read = load_private_key(folder / "a.key");
    ASSERT_TRUE(succeeded(read));
    EXPECT_EQ(read->public_key(), key->public_key());
    expect_error(save_private_key(folder / "a.key", *key), ErrorCode::exists);
}

TEST(KeyFile, ThatOthersMayReadIsRefusedWithTheCure) {
    const test::TempFolder folder;
    const auto key = PrivateKey::generate();
    ASSERT_TRUE(succeeded(key));
    ASSERT_TRUE(succeeded(save_private_key(folder / "a.key", *key)));
    std::filesystem::permissions(
        folder / "a.key", std::filesystem::perms::group_read, std::filesystem::perm_options::add
    );
    expect_error(load_private_key(folder / "a.key"), ErrorCode::denied, "chmod");
    expect_error(load_private_key(folder / "none.key"), ErrorCode::not_found);
}

}  // namespace
}  // namespace heliograph::pki
