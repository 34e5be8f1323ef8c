// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph {
namespace {

using test::expect_error;

constexpr JsonLimits limits;

TEST(Json, RoundTripsInMemberOrder) {
    const std::string text =
        R"({"z":[1,-2,true,null,"\"\\\n\u00e9"],"a":{"b":{}},"n":9223372036854775807})";
    const auto value = parse_json(text, limits).value();
    const std::string rendered = render_json(value);
    EXPECT_EQ(rendered.substr(0, 5), "{\"z\":");
    EXPECT_EQ(parse_json(rendered, limits).value(), value);
    EXPECT_EQ(parse_json(render_json(value, JsonLayout::indented), limits).value(), value);
}

TEST(Json, ReadsMembersByKindAndNamesWhatIsWrong) {
    const auto value = parse_json(R"({"name":"x","size":7,"files":[1],"meta":{}})", limits).value();
    EXPECT_EQ(value.text_member("name").value(), "x");
    EXPECT_EQ(value.integer_member("size").value(), 7);
    EXPECT_EQ(value.array_member("files").value()->size(), 1U);
    EXPECT_TRUE(value.object_member("meta").value()->empty());
    expect_error(value.text_member("size"), ErrorCode::malformed, "\"size\"");
    expect_error(value.integer_member("name"), ErrorCode::malformed, "\"name\"");
    expect_error(value.array_member("none"), ErrorCode::malformed, "\"none\"");
    expect_error(JsonValue(1).object_member("x"), ErrorCode::malformed, "\"x\"");
}

TEST(Json, RefusesDuplicateMembersAtAnyDepth) {
    expect_error(parse_json(R"({"a":1,"a":2})", limits), ErrorCode::malformed, "twice");
    expect_error(
        parse_json(R"([{"b":{"a":1,"\u0061":2}}])", limits), ErrorCode::malformed, "twice"
    );
    EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])", limits).has_value());
}

TEST(Json, RefusesNumbersThatAreNotWhole64BitOnes) {
    for (const auto* text :
         {"1.5", "1e3", "9223372036854775808", "-9223372036854775809", "1e999", "-0.0"}) {
        expect_error(parse_json(text, limits), ErrorCode::malformed);
    }
}

TEST(Json, RefusesBrokenText) {
    for (const auto* text :
         {"",
          " ",
          "{",
          "[1,]",
          "{\"a\":}",
          "nul",
          "\"\\ud800\"",
          "\"\xff\"",
          "\xef\xbb\xbf{}",
          "{} {}",
          "'a'",
          "[1]//",
          "\"\x01\""}) {
        expect_error(parse_json(text, limits), ErrorCode::malformed);
    }
}

TEST(Json, StopsAtEachLimit) {
    expect_error(parse_json("[[[]]]", {.depth = 2}), ErrorCode::too_large, "2 levels");
    EXPECT_TRUE(parse_json("[[[]]]", {.depth = 3}).has_value());
    expect_error(parse_json("[1,2,3]", {.values = 3}), ErrorCode::too_large, "3 values");
    expect_error(parse_json("[1,2,3]", {.text_bytes = 6}), ErrorCode::too_large, "6 bytes");
    // Ten thousand levels must cost neither the stack nor much time.
    expect_error(parse_json(std::string(10'000, '['), limits), ErrorCode::too_large);
}

TEST(Json, RendersForeignBytesAsReplacementCharacters) {
    EXPECT_EQ(render_json(JsonValue("a\xff")), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace heliograph
