// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/digest.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

#include <unordered_map>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

// FIPS 180-4 example values, as published by NIST.
constexpr const char* digest_of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* digest_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Sha256, HasThePublishedValues) {
    EXPECT_EQ(sha256(bytes_of("abc")).to_hex(), digest_of_abc);
    EXPECT_EQ(sha256({}).to_hex(), digest_of_nothing);
}

TEST(Sha256, OfPiecesIsThatOfTheWhole) {
    Sha256Hasher hasher;
    hasher.update(bytes_of("a"));
    hasher.update({});
    hasher.update(bytes_of("bc"));
    EXPECT_EQ(hasher.finish().to_hex(), digest_of_abc);
}

TEST(Sha256, HasherStartsAnewAfterFinish) {
    Sha256Hasher hasher;
    hasher.update(bytes_of("something else"));
    static_cast<void>(hasher.finish());
    Sha256Hasher moved = std::move(hasher);
    moved.update(bytes_of("abc"));
    EXPECT_EQ(moved.finish().to_hex(), digest_of_abc);
}

TEST(Sha256, HexGoesThereAndBack) {
    const auto parsed = Sha256::parse_hex(digest_of_abc);
    ASSERT_TRUE(succeeded(parsed));
    EXPECT_EQ(*parsed, sha256(bytes_of("abc")));
    EXPECT_EQ(parsed->to_hex(), digest_of_abc);
}

TEST(Sha256, RefusesEveryOtherSpelling) {
    const std::string good = digest_of_abc;
    for (const std::string& bad :
         {std::string(),
          good.substr(1),
          good + "0",
          "BA" + good.substr(2),
          " " + good.substr(1),
          "0x" + good.substr(2),
          std::string(64, 'g'),
          good.substr(0, 63) + std::string(1, '\0')}) {
        expect_error(Sha256::parse_hex(bad), ErrorCode::malformed);
    }
    expect_error(Sha256::from_bytes(bytes_of("short")), ErrorCode::malformed);
}

TEST(Sha256, IsOrderedAndHashable) {
    const Sha256 a = sha256(bytes_of("a"));
    const Sha256 b = sha256(bytes_of("b"));
    EXPECT_NE(a, b);
    EXPECT_EQ(a < b, a.to_hex() < b.to_hex());
    std::unordered_map<Sha256, int> seen{{a, 1}, {b, 2}};
    EXPECT_EQ(seen.at(b), 2);
}

}  // namespace
}  // namespace heliograph::pki
