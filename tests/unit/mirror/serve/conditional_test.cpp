// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/conditional.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr Validator document{"\"abc\"", 100, Ranges::bytes};

Selection selected(const Fields& fields, Method method = Method::get) {
    HttpRequest request;
    request.method = method;
    for (const auto& [name, value] : fields) {
        request.headers.add(name, value);
    }
    return select(request, document);
}

TEST(Conditional, AnswersATagThatStillHolds) {
    for (const char* tag : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", " \"x\" ,\"abc\" ", "*"}) {
        EXPECT_EQ(selected({{"If-None-Match", tag}}).wanted, Wanted::not_modified) << tag;
    }
    EXPECT_EQ(
        selected({{"If-None-Match", "\"x\""}, {"if-none-match", "\"abc\""}}).wanted,
        Wanted::not_modified
    );
    for (const char* tag : {"\"x\"", "abc", "", "\"abc", "\"ABC\"", ",,,"}) {
        EXPECT_EQ(selected({{"If-None-Match", tag}}).wanted, Wanted::whole) << tag;
    }
}

struct RangeRow {
    const char* range;
    Wanted wanted;
    std::uint64_t offset;
    std::uint64_t length;
};

TEST(Conditional, ReadsOneRange) {
    const RangeRow rows[] = {
        {"bytes=0-0", Wanted::part, 0, 1},
        {"bytes=0-99", Wanted::part, 0, 100},
        {"bytes=10-19", Wanted::part, 10, 10},
        {"bytes=90-", Wanted::part, 90, 10},
        {"bytes=90-1000", Wanted::part, 90, 10},
        {"bytes=-10", Wanted::part, 90, 10},
        {"bytes=-1000", Wanted::part, 0, 100},
        {"bytes=100-", Wanted::unsatisfiable, 0, 0},
        {"bytes=100-200", Wanted::unsatisfiable, 0, 0},
        {"bytes=-0", Wanted::unsatisfiable, 0, 0},
        {"bytes=18446744073709551615-", Wanted::unsatisfiable, 0, 0},
        // Malformed, unknown or many: the whole document, RFC 9110 section 14.2.
        {"bytes=18446744073709551616-", Wanted::whole, 0, 0},
        {"bytes=5-4", Wanted::whole, 0, 0},
        {"bytes=a-b", Wanted::whole, 0, 0},
        {"bytes=-", Wanted::whole, 0, 0},
        {"bytes=", Wanted::whole, 0, 0},
        {"bytes=+1-2", Wanted::whole, 0, 0},
        {"bytes=0-1,5-6", Wanted::whole, 0, 0},
        {"items=0-1", Wanted::whole, 0, 0},
        {"", Wanted::whole, 0, 0},
    };
    for (const RangeRow& row : rows) {
        const Selection got = selected({{"Range", row.range}});
        EXPECT_EQ(got.wanted, row.wanted) << row.range;
        EXPECT_EQ(got.offset_bytes, row.offset) << row.range;
        EXPECT_EQ(got.length_bytes, row.length) << row.range;
    }
}

TEST(Conditional, GivesTheWholeWhenTheRangeIsOfAnotherVersion) {
    EXPECT_EQ(selected({{"Range", "bytes=5-"}, {"If-Range", "\"abc\""}}).wanted, Wanted::part);
    for (const char* other : {"\"x\"", "W/\"abc\"", "Fri, 02 Jan 2026 03:04:05 GMT"}) {
        EXPECT_EQ(selected({{"Range", "bytes=5-"}, {"If-Range", other}}).wanted, Wanted::whole)
            << other;
    }
}

TEST(Conditional, PrefersNotModifiedAndKeepsRangesToGet) {
    EXPECT_EQ(
        selected({{"Range", "bytes=5-"}, {"If-None-Match", "\"abc\""}}).wanted, Wanted::not_modified
    );
    EXPECT_EQ(selected({{"Range", "bytes=5-"}}, Method::head).wanted, Wanted::whole);
    EXPECT_EQ(selected({{"Range", "bytes=5-"}, {"Range", "bytes=6-"}}).wanted, Wanted::whole);
    HttpRequest request;
    request.headers.add("Range", "bytes=5-");
    EXPECT_EQ(select(request, {"\"abc\"", 100, Ranges::none}).wanted, Wanted::whole);
}

}  // namespace
}  // namespace heliograph::mirror
