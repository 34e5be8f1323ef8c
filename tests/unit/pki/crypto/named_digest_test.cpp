// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/named_digest.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

struct Published {
    const char* name;
    const char* of_abc;
};

// Of "abc": FIPS 180-4, FIPS 202 and RFC 7693, Appendices A and B; as Python's hashlib has them.
constexpr std::array<Published, 8> published{
    {{"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
     {"sha384",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
      "8086072ba1e7cc2358baeca134c825a7"},
     {"sha512",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
     {"sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
     {"sha3_384",
      "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
      "98d88cea927ac7f539f1edf228376d25"},
     {"sha3_512",
      "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
      "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
     {"blake2b",
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
      "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
     {"blake2s", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"}}};

TEST(NamedDigest, HasThePublishedValuesUnderTheNamesOfHashlib) {
    for (const auto& one : published) {
        const auto algorithm = digest_algorithm_of(one.name);
        ASSERT_TRUE(algorithm.has_value()) << one.name;
        EXPECT_EQ(name_of(*algorithm), one.name);
        const auto digest = named_digest(*algorithm, bytes_of("abc"));
        EXPECT_EQ(encode_hex(digest.value), one.of_abc) << one.name;
        EXPECT_EQ(digest.value.size(), digest_size_bytes(*algorithm));
        EXPECT_EQ(digest.describe(), std::string(one.name) + " " + one.of_abc);
    }
}

TEST(NamedDigest, OfPiecesIsThatOfTheWholeAndTheHasherStartsAnew) {
    for (const auto& one : published) {
        NamedHasher hasher(digest_algorithm_of(one.name).value());
        for (int round = 0; round < 2; ++round) {
            hasher.update(bytes_of("a"));
            hasher.update({});
            hasher.update(bytes_of("bc"));
            EXPECT_EQ(encode_hex(hasher.finish().value), one.of_abc) << one.name;
        }
    }
}

TEST(NamedDigest, KnowsNoWeakerOrOtherAlgorithm) {
    for (const char* name :
         {"md5", "sha1", "sha224", "sha3_224", "shake_256", "SHA256", "", "sha"}) {
        EXPECT_FALSE(digest_algorithm_of(name).has_value()) << name;
    }
}

TEST(NamedDigest, HasTheLengthOfItsAlgorithm) {
    const Bytes raw(48);
    EXPECT_TRUE(NamedDigest::from_bytes(DigestAlgorithm::sha384, raw).has_value());
    test::expect_error(
        NamedDigest::from_bytes(DigestAlgorithm::sha512, raw), ErrorCode::malformed, "64 bytes"
    );
}

}  // namespace
}  // namespace heliograph::pki
