// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph {
namespace {

using test::expect_error;

// RFC 4648 section 10.
TEST(Base64, AgreesWithTheStandardsVectors) {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(encode_base64(bytes_of(plain)), encoded);
        EXPECT_EQ(decode_base64(encoded).value(), to_bytes(std::string_view(plain)));
    }
}

TEST(Base64, RefusesEverySecondSpelling) {
    for (const auto* text :
         {"Zg",
          "Zg=",
          "Zg===",
          "Zh==",
          "Zm9=",
          "Z===",
          "====",
          "Zm9v\n",
          " Zm9v",
          "Zm-v",
          "Zg==Zg=="}) {
        expect_error(decode_base64(text), ErrorCode::malformed);
    }
}

TEST(Base64Url, UsesTheUrlAlphabetWithoutPadding) {
    const Bytes bytes = {std::byte{0xfb}, std::byte{0xff}, std::byte{0xfe}, std::byte{0x3f}};
    EXPECT_EQ(encode_base64url(bytes), "-__-Pw");
    EXPECT_EQ(decode_base64url("-__-Pw").value(), bytes);
    for (const auto* text : {"-__-Pw==", "+//+Pw", "-__-Px", "A"}) {
        expect_error(decode_base64url(text), ErrorCode::malformed);
    }
}

TEST(Hex, RoundTripsEveryByte) {
    Bytes all;
    for (int value = 0; value < 256; ++value) {
        all.push_back(static_cast<std::byte>(value));
    }
    EXPECT_EQ(decode_hex(encode_hex(all)).value(), all);
    EXPECT_EQ(decode_base64(encode_base64(all)).value(), all);
    EXPECT_EQ(decode_base64url(encode_base64url(all)).value(), all);
}

TEST(Hex, RefusesUpperCaseAndHalfBytes) {
    for (const auto* text : {"AB", "a", "0g", "0x00", " 00"}) {
        expect_error(decode_hex(text), ErrorCode::malformed);
    }
}

TEST(ConstantTimeComparison, TellsEqualFromUnequal) {
    EXPECT_TRUE(equal_in_constant_time(bytes_of("secret"), bytes_of("secret")));
    EXPECT_FALSE(equal_in_constant_time(bytes_of("secret"), bytes_of("secreT")));
    EXPECT_FALSE(equal_in_constant_time(bytes_of("secret"), bytes_of("secre")));
    EXPECT_TRUE(equal_in_constant_time({}, {}));
}

}  // namespace
}  // namespace heliograph
