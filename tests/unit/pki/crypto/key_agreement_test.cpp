// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key_agreement.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/unit/pki/crypto/vector_file.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

class EveryGroup : public testing::TestWithParam<AgreementGroup> {};

TEST_P(EveryGroup, GivesBothSidesTheSameSecret) {
    const auto one = AgreementKey::generate(GetParam());
    const auto two = AgreementKey::generate(GetParam());
    ASSERT_TRUE(succeeded(one));
    ASSERT_TRUE(succeeded(two));
    EXPECT_EQ(one->public_value().size(), public_value_bytes(GetParam()));
    EXPECT_NE(one->public_value(), two->public_value());
    const auto left = one->agree(two->public_value());
    const auto right = two->agree(one->public_value());
    ASSERT_TRUE(succeeded(left));
    ASSERT_TRUE(succeeded(right));
    EXPECT_EQ(test_vectors::shown(*left), test_vectors::shown(*right));
}

TEST_P(EveryGroup, RefusesValuesOfAnotherLength) {
    const auto key = AgreementKey::generate(GetParam()).value();
    Bytes value = key.public_value();
    expect_error(key.agree({}), ErrorCode::malformed);
    expect_error(key.agree(ByteSpan(value).first(value.size() - 1)), ErrorCode::malformed);
    value.push_back(std::byte{0});
    expect_error(key.agree(value), ErrorCode::malformed);
}

INSTANTIATE_TEST_SUITE_P(
    Groups,
    EveryGroup,
    testing::Values(
        AgreementGroup::x25519,
        AgreementGroup::p256,
        AgreementGroup::ffdhe2048,
        AgreementGroup::ffdhe3072,
        AgreementGroup::ffdhe4096
    )
);

// The private values of some curve vectors have leading zeros more or less than 32 bytes.
SecretBytes padded(Bytes value) {
    while (value.size() > 32 && value.front() == std::byte{0}) {
        value.erase(value.begin());
    }
    value.insert(value.begin(), 32 - std::min<std::size_t>(value.size(), 32), std::byte{0});
    return SecretBytes(value);
}

TEST(X25519, AgreesWithThePublishedVectorsAndRefusesZeroSecrets) {
    std::size_t agreed = 0;
    std::size_t refused = 0;
    for (const JsonValue& vector : test_vectors::read("wycheproof_primitives/x25519")) {
        SCOPED_TRACE(test_vectors::title(vector));
        const auto key = AgreementKey::from_private_value(
            AgreementGroup::x25519, test_vectors::secret(vector, "private")
        );
        ASSERT_TRUE(succeeded(key));
        const auto secret = key->agree(test_vectors::bytes(vector, "public"));
        const Bytes shared = test_vectors::bytes(vector, "shared");
        if (shared == Bytes(32)) {
            expect_error(secret, ErrorCode::malformed);
            ++refused;
            continue;
        }
        ASSERT_TRUE(succeeded(secret));
        EXPECT_EQ(test_vectors::shown(*secret), shared);
        ++agreed;
    }
    EXPECT_GE(agreed, 480U);
    EXPECT_GE(refused, 10U);
}

TEST(EcdhP256, AgreesWithThePublishedVectorsAndRefusesForeignPoints) {
    std::size_t agreed = 0;
    std::size_t refused = 0;
    for (const JsonValue& vector : test_vectors::read("wycheproof_primitives/ecdh_p256")) {
        SCOPED_TRACE(test_vectors::title(vector));
        const auto key = AgreementKey::from_private_value(
            AgreementGroup::p256, padded(test_vectors::bytes(vector, "private"))
        );
        ASSERT_TRUE(succeeded(key));
        const Bytes peer = test_vectors::bytes(vector, "public");
        const auto secret = key->agree(peer);
        // Compressed points are good in the vectors and not one of our encodings.
        if (test_vectors::text(vector, "result") != "valid" && peer.size() != 65) {
            expect_error(secret, ErrorCode::malformed);
            continue;
        }
        if (test_vectors::text(vector, "result") == "invalid") {
            expect_error(secret, ErrorCode::malformed);
            ++refused;
            continue;
        }
        ASSERT_TRUE(succeeded(secret));
        EXPECT_EQ(test_vectors::shown(*secret), test_vectors::bytes(vector, "shared"));
        ++agreed;
    }
    EXPECT_GE(agreed, 300U);
    EXPECT_GE(refused, 1U);
}

const std::map<std::int64_t, AgreementGroup> groups_by_bits = {
    {2048, AgreementGroup::ffdhe2048},
    {3072, AgreementGroup::ffdhe3072},
    {4096, AgreementGroup::ffdhe4096}};

TEST(Ffdhe, AgreesWithWholeNumberArithmetic) {
    for (const JsonValue& vector : test_vectors::read("ffdhe/agreement")) {
        const auto group = groups_by_bits.at(test_vectors::number(vector, "bits"));
        const auto key =
            AgreementKey::from_private_value(group, test_vectors::secret(vector, "private"));
        ASSERT_TRUE(succeeded(key));
        EXPECT_EQ(key->public_value(), test_vectors::bytes(vector, "public"));
        const auto secret = key->agree(test_vectors::bytes(vector, "peer"));
        ASSERT_TRUE(succeeded(secret));
        EXPECT_EQ(test_vectors::shown(*secret), test_vectors::bytes(vector, "shared"));
    }
}

TEST(Ffdhe, RefusesValuesOutsideTheGroup) {
    for (const JsonValue& vector : test_vectors::read("ffdhe/agreement")) {
        const auto group = groups_by_bits.at(test_vectors::number(vector, "bits"));
        const auto key = AgreementKey::generate(group).value();
        const Bytes prime = test_vectors::bytes(vector, "prime");
        const auto small = [&prime](std::uint8_t number) {
            Bytes value(prime.size());
            value.back() = std::byte{number};
            return value;
        };
        Bytes below = prime;
        below.back() = static_cast<std::byte>(std::to_integer<unsigned>(below.back()) - 1U);
        expect_error(key.agree(small(0)), ErrorCode::malformed);
        expect_error(key.agree(small(1)), ErrorCode::malformed);
        expect_error(key.agree(below), ErrorCode::malformed);
        expect_error(key.agree(prime), ErrorCode::malformed);
        expect_error(key.agree(Bytes(prime.size(), std::byte{0xff})), ErrorCode::malformed);
        // Half of all numbers are no power of the generator: below the prime, and outside the
        // subgroup.
        bool outside = false;
        for (const std::uint8_t number : std::initializer_list<std::uint8_t>{3, 5, 7, 11, 13, 17}) {
            outside = outside || !key.agree(small(number)).has_value();
        }
        EXPECT_TRUE(outside);
    }
}

TEST(AgreementKeyOfAFile, IsReadForX25519AndP256Only) {
    for (const KeyType type : {KeyType::x25519, KeyType::p256}) {
        const auto mine = PrivateKey::generate(type).value();
        const auto key = AgreementKey::from_key(mine);
        ASSERT_TRUE(succeeded(key));
        EXPECT_EQ(key->public_value(), public_value_of(mine.public_key()).value());
        const auto other = AgreementKey::generate(key->group()).value();
        EXPECT_EQ(
            test_vectors::shown(key->agree(other.public_value()).value()),
            test_vectors::shown(other.agree(key->public_value()).value())
        );
    }
    for (const KeyType type : {KeyType::p384, KeyType::ed25519}) {
        expect_error(
            AgreementKey::from_key(PrivateKey::generate(type).value()), ErrorCode::unsupported
        );
    }
}

TEST(AgreementKeyValue, IsRefusedOutsideItsGroup) {
    expect_error(
        AgreementKey::from_private_value(AgreementGroup::x25519, SecretBytes(31)),
        ErrorCode::malformed
    );
    expect_error(
        AgreementKey::from_private_value(AgreementGroup::p256, SecretBytes(32)),
        ErrorCode::malformed
    );
    expect_error(
        AgreementKey::from_private_value(
            AgreementGroup::p256, SecretBytes(Bytes(32, std::byte{0xff}))
        ),
        ErrorCode::malformed
    );
    expect_error(
        AgreementKey::from_private_value(AgreementGroup::ffdhe2048, SecretBytes(256)),
        ErrorCode::malformed
    );
    expect_error(
        AgreementKey::from_private_value(AgreementGroup::ffdhe2048, SecretBytes(257)),
        ErrorCode::malformed
    );
}

}  // namespace
}  // namespace heliograph::pki
