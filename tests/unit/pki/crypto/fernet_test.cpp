// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/fernet.hpp>
#include <pki/crypto/fernet_codec.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/crypto/vector_file.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;
using test_vectors::number;
using test_vectors::text;

constexpr std::string_view key_text = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const Instant noon{std::chrono::seconds(1'700'000'000)};

FernetKeyring ring_of(std::vector<std::string_view> texts) {
    std::vector<FernetKey> keys;
    for (const auto each : texts) {
        keys.push_back(FernetKey::parse(bytes_of(each)).value());
    }
    return FernetKeyring::of(std::move(keys)).value();
}

std::string fresh_key() {
    return std::string(text_of(FernetKey::generate().value().to_text().expose()));
}

Instant instant(const JsonValue& vector) {
    return Instant(std::chrono::seconds(number(vector, "now")));
}

FernetAge age_of(const JsonValue& vector) {
    return {.limit = std::chrono::seconds(number(vector, "ttl_sec")), .now = instant(vector)};
}

TEST(FernetVectors, AreMadeByteForByte) {
    for (const JsonValue& vector : test_vectors::read("fernet/generate")) {
        FernetStamp stamp{
            .seconds = static_cast<std::uint64_t>(number(vector, "now")), .initial = {}};
        const JsonArray& initial = **vector.array_member("iv");
        ASSERT_EQ(initial.size(), stamp.initial.size());
        for (std::size_t i = 0; i < initial.size(); ++i) {
            stamp.initial[i] = static_cast<std::byte>(*initial[i].if_integer());
        }
        const auto key = FernetKey::parse(bytes_of(text(vector, "secret"))).value();
        const auto token = render_fernet(key, bytes_of(text(vector, "src")), stamp);
        ASSERT_TRUE(succeeded(token));
        EXPECT_EQ(*token, text(vector, "token"));
    }
}

TEST(FernetVectors, OpenWhereTheyShould) {
    for (const JsonValue& vector : test_vectors::read("fernet/verify")) {
        const auto opening =
            ring_of({text(vector, "secret")}).open(text(vector, "token"), age_of(vector));
        ASSERT_TRUE(succeeded(opening));
        EXPECT_FALSE(opening->defect.has_value());
        EXPECT_EQ(text_of(opening->message.expose()), text(vector, "src"));
    }
}

TEST(FernetVectors, AreRefusedWhereTheyShould) {
    std::size_t seen = 0;
    for (const JsonValue& vector : test_vectors::read("fernet/invalid")) {
        const auto opening =
            ring_of({text(vector, "secret")}).open(text(vector, "token"), age_of(vector));
        ASSERT_TRUE(succeeded(opening));
        EXPECT_TRUE(opening->defect.has_value()) << text(vector, "desc");
        EXPECT_TRUE(opening->message.empty());
        ++seen;
    }
    EXPECT_EQ(seen, 8U);
}

TEST(Fernet, OpensWhatItSealed) {
    const auto ring = ring_of({key_text});
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1000U}) {
        const std::string message(size, 'x');
        const auto token = ring.seal(bytes_of(message), noon);
        ASSERT_TRUE(succeeded(token));
        const auto opening = ring.open(*token, std::nullopt);
        ASSERT_TRUE(succeeded(opening));
        EXPECT_EQ(text_of(opening->message.expose()), message);
        EXPECT_EQ(opening->sealed_at, noon);
    }
    EXPECT_EQ(ring.seal(bytes_of("hello"), noon).value().size(), 100U);
}

TEST(Fernet, JudgesAgeAndSkewAsPythonsCryptographyDoes) {
    const auto ring = ring_of({key_text});
    const std::string token = ring.seal(bytes_of("x"), noon).value();
    const auto defect = [&](std::int64_t limit, std::int64_t later) {
        const FernetAge age{
            .limit = std::chrono::seconds(limit), .now = noon + std::chrono::seconds(later)};
        return ring.open(token, age).value().defect;
    };
    EXPECT_EQ(defect(60, 60), std::nullopt);
    EXPECT_EQ(defect(60, 61), FernetDefect::expired);
    EXPECT_EQ(defect(0, 0), std::nullopt);
    EXPECT_EQ(defect(0, 1), FernetDefect::expired);
    EXPECT_EQ(defect(60, -60), std::nullopt);
    EXPECT_EQ(defect(60, -61), FernetDefect::from_the_future);
    // Without an age nobody asks for the time at all.
    EXPECT_EQ(ring.open(token, std::nullopt).value().defect, std::nullopt);
    expect_error(
        ring.open(token, FernetAge{.limit = std::chrono::seconds(-1), .now = noon}),
        ErrorCode::invalid_argument
    );
}

TEST(Fernet, TimesAtTheEndOfTheRangeDoNotWrap) {
    const auto key = FernetKey::parse(bytes_of(key_text)).value();
    constexpr auto last = std::numeric_limits<std::uint64_t>::max();
    const std::string token =
        render_fernet(key, bytes_of("x"), {.seconds = last, .initial = {}}).value();
    const auto ring = ring_of({key_text});
    const auto opening =
        ring.open(token, FernetAge{.limit = std::chrono::seconds(60), .now = noon});
    EXPECT_EQ(opening.value().defect, FernetDefect::from_the_future);
    const auto ageless = ring.open(token, std::nullopt).value();
    EXPECT_EQ(ageless.defect, std::nullopt);
    EXPECT_EQ(ageless.sealed_at, std::nullopt);
}

TEST(Fernet, ShowsEveryFlippedCharacterAndEveryTruncation) {
    const auto ring = ring_of({key_text});
    const std::string token = ring.seal(bytes_of("a message"), noon).value();
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string altered = token;
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        EXPECT_TRUE(ring.open(altered, std::nullopt).value().defect.has_value()) << i;
        EXPECT_TRUE(ring.open(token.substr(0, i), std::nullopt).value().defect.has_value()) << i;
    }
}

TEST(Fernet, HasOneSpelling) {
    const auto ring = ring_of({key_text});
    const std::string token = ring.seal(bytes_of("hello"), noon).value();
    for (const std::string& other : {token + "\n", " " + token, token + "=", token + "===="}) {
        EXPECT_EQ(ring.open(other, std::nullopt).value().defect, FernetDefect::malformed);
    }
    ASSERT_TRUE(token.ends_with("=="));
    EXPECT_EQ(
        ring.open(token.substr(0, token.size() - 2), std::nullopt).value().defect,
        FernetDefect::malformed
    );
}

TEST(FernetKeys, AreFortyFourCharactersInOneSpelling) {
    EXPECT_EQ(text_of(FernetKey::parse(bytes_of(key_text)).value().to_text().expose()), key_text);
    EXPECT_NE(fresh_key(), fresh_key());
    const std::string good(key_text);
    for (const std::string& bad :
         {std::string(),
          good.substr(0, 43),
          good + "\n",
          good.substr(0, 43) + "A",
          "c+" + good.substr(2),
          good.substr(0, 42) + "5="}) {
        const auto parsed = FernetKey::parse(bytes_of(bad));
        expect_error(parsed, ErrorCode::malformed, "44 characters");
        EXPECT_EQ(parsed.error().describe().find("0x689"), std::string::npos);
    }
}

TEST(FernetRing, SealsWithTheFirstKeyAndOpensWithAll) {
    const std::string old_key = fresh_key();
    const std::string new_key = fresh_key();
    const std::string old_token = ring_of({old_key}).seal(bytes_of("x"), noon).value();
    const auto both = ring_of({new_key, old_key});
    EXPECT_EQ(both.open(old_token, std::nullopt).value().defect, std::nullopt);
    const std::string new_token = both.seal(bytes_of("x"), noon).value();
    EXPECT_EQ(ring_of({new_key}).open(new_token, std::nullopt).value().defect, std::nullopt);
    EXPECT_EQ(
        ring_of({old_key}).open(new_token, std::nullopt).value().defect, FernetDefect::not_authentic
    );
}

TEST(FernetRing, RotatesAndKeepsTheTime) {
    const std::string old_key = fresh_key();
    const std::string new_key = fresh_key();
    const std::string token = ring_of({old_key}).seal(bytes_of("kept"), noon).value();
    const auto rotated = ring_of({new_key, old_key}).rotate(token);
    ASSERT_TRUE(succeeded(rotated));
    const auto opening = ring_of({new_key}).open(*rotated, std::nullopt).value();
    EXPECT_EQ(text_of(opening.message.expose()), "kept");
    EXPECT_EQ(opening.sealed_at, noon);
    expect_error(ring_of({new_key}).rotate(token), ErrorCode::malformed, "not-authentic");
}

TEST(FernetRing, HasAtLeastOneKeyAndNotTooMany) {
    expect_error(FernetKeyring::of({}), ErrorCode::invalid_argument);
    std::vector<FernetKey> keys;
    for (int i = 0; i < 65; ++i) {
        keys.push_back(FernetKey::generate().value());
    }
    expect_error(FernetKeyring::of(std::move(keys)), ErrorCode::invalid_argument);
}

TEST(Fernet, RefusesWhatIsTooLarge) {
    const auto ring = ring_of({key_text});
    expect_error(
        ring.seal(Bytes(fernet_message_limit_bytes + 1), noon), ErrorCode::too_large, "16 MiB"
    );
    expect_error(
        ring.open(std::string(fernet_token_limit_bytes + 1, 'A'), std::nullopt),
        ErrorCode::too_large
    );
    expect_error(ring.seal({}, Instant(std::chrono::seconds(-1))), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace heliograph::pki
