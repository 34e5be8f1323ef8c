// SPDX-License-Identifier: Apache-2.0
// Bodies as attackers frame them (threat T18).
#include <mirror/net/body_reader.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

struct ReadBody {
    BodyReader::State state = BodyReader::State::reading;
    std::string body;
    std::string rest;
    int status = 0;
};

// Reads in pieces of @p most, the input cut at @p cut.
ReadBody read_body(
    const std::string& input, BodyFraming framing, std::uint64_t limit = 1000, std::size_t cut = 0
) {
    BodyReader reader(framing, limit);
    ReadBody result;
    std::string have = input.substr(0, cut);
    std::string later = input.substr(cut);
    while (true) {
        const auto step = reader.read(bytes_of(have), 3);
        result.state = step.state;
        result.body += text_of(step.piece);
        have.erase(0, step.consumed_bytes);
        if (step.state != BodyReader::State::reading) {
            break;
        }
        if (step.consumed_bytes == 0) {
            if (later.empty()) {
                break;
            }
            have += std::exchange(later, "");
        }
    }
    result.rest = have + later;
    result.status = reader.refusal().status;
    return result;
}

constexpr BodyFraming chunked{std::nullopt};

TEST(BodyReader, CountsABodyAndLeavesTheRest) {
    const ReadBody read = read_body("helloGET /", {5});
    EXPECT_EQ(read.state, BodyReader::State::whole);
    EXPECT_EQ(read.body, "hello");
    EXPECT_EQ(read.rest, "GET /");
    EXPECT_EQ(read_body("GET /", {0}).rest, "GET /");
    EXPECT_EQ(read_body("hell", {5}).state, BodyReader::State::reading);
}

TEST(BodyReader, JoinsChunksWhereverTheInputIsCut) {
    const std::string input =
        "5\r\nhello\r\n00A;name=\"v\"\r\n, how are \r\n3\r\nyou\r\n0\r\n\r\nGET";
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
        const ReadBody read = read_body(input, chunked, 1000, cut);
        EXPECT_EQ(read.state, BodyReader::State::whole) << cut;
        EXPECT_EQ(read.body, "hello, how are you") << cut;
        EXPECT_EQ(read.rest, "GET") << cut;
    }
}

TEST(BodyReader, RefusesWhatTwoReadersReadDifferently) {
    const std::pair<std::string, int> cases[] = {
        {"5\nhello\r\n0\r\n\r\n", 400},
        {"\r\nhello", 400},
        {" 5\r\nhello\r\n0\r\n\r\n", 400},
        {"0x5\r\nhello\r\n0\r\n\r\n", 400},
        {"+5\r\nhello\r\n0\r\n\r\n", 400},
        {"-1\r\nhello", 400},
        {"5 \r\nhello\r\n0\r\n\r\n", 400},
        {"5\r\nhelloX\r\n0\r\n\r\n", 400},
        {"5\r\nhello\n0\r\n\r\n", 400},
        {"5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", 400},
        {"00000000000000005\r\nhello\r\n0\r\n\r\n", 400},
        {"ffffffffffffffff\r\nhello", 413},
        {"5;a=\x01\r\nhello\r\n0\r\n\r\n", 400},
        {std::string(300, '0'), 400},
    };
    for (const auto& [input, status] : cases) {
        const ReadBody read = read_body(input, chunked);
        EXPECT_EQ(read.state, BodyReader::State::refused) << input;
        EXPECT_EQ(read.status, status) << input;
    }
}

TEST(BodyReader, StopsAnEndlessBodyAtItsLimit) {
    EXPECT_EQ(read_body("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n", chunked, 10).body, "hellohello");
    const ReadBody read = read_body("5\r\nhello\r\n6\r\n", chunked, 10);
    EXPECT_EQ(read.status, 413);
    EXPECT_EQ(read.body, "hello");
}

}  // namespace
}  // namespace heliograph::mirror
