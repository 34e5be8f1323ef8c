// SPDX-License-Identifier: Apache-2.0
#include <verify/gate/file_gate.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace heliograph::verify {
namespace {

FileExpectation expect_text(std::string_view text) {
    return {
        .subject = "file a-1.zip",
        .sha256 = pki::sha256(bytes_of(text)),
        .size_bytes = text.size(),
        .source = "https://one.example/"};
}

TEST(FileGate, AcceptsTheRightBytesInAnyPieces) {
    FileGate gate(expect_text("hello"));
    EXPECT_EQ(gate.update(bytes_of("he")), FileFlow::more);
    EXPECT_EQ(gate.update({}), FileFlow::more);
    EXPECT_EQ(gate.update(bytes_of("llo")), FileFlow::more);
    EXPECT_EQ(gate.seen_bytes(), 5U);
    EXPECT_TRUE(gate.finish().accepted());
}

TEST(FileGate, SaysExpectedAndSeenHash) {
    FileGate gate(expect_text("hello"));
    EXPECT_EQ(gate.update(bytes_of("hellp")), FileFlow::more);
    const Verdict verdict = gate.finish();
    EXPECT_FALSE(verdict.accepted());
    const Finding* finding = verdict.find("file-hash-mismatch");
    ASSERT_NE(finding, nullptr);
    EXPECT_EQ(finding->expected, "sha256 " + pki::sha256(bytes_of("hello")).to_hex());
    EXPECT_EQ(finding->seen, "sha256 " + pki::sha256(bytes_of("hellp")).to_hex());
    EXPECT_EQ(finding->source, "https://one.example/");
}

TEST(FileGate, RefusesAShortFile) {
    FileGate gate(expect_text("hello"));
    EXPECT_EQ(gate.update(bytes_of("hell")), FileFlow::more);
    const Verdict verdict = gate.finish();
    EXPECT_NE(verdict.find("file-length-mismatch"), nullptr);
    EXPECT_NE(verdict.find("file-hash-mismatch"), nullptr);
}

TEST(FileGate, StopsAnEndlessBodyAtOneByteTooMany) {
    FileGate gate(expect_text("hello"));
    EXPECT_EQ(gate.limit_bytes(), 5U);
    EXPECT_EQ(gate.update(bytes_of("hello")), FileFlow::more);
    EXPECT_EQ(gate.update(bytes_of("!")), FileFlow::stop);
    EXPECT_EQ(gate.update(bytes_of("for ever")), FileFlow::stop);
    EXPECT_EQ(gate.seen_bytes(), 6U);
    const Verdict verdict = gate.finish();
    ASSERT_NE(verdict.find("file-length-mismatch"), nullptr);
    EXPECT_EQ(verdict.find("file-length-mismatch")->seen, "more than 5 bytes");
}

TEST(FileGate, HoldsALimitWhereNoSizeIsStated) {
    FileExpectation expectation = expect_text("hello");
    expectation.size_bytes.reset();
    expectation.limit_bytes = 8;
    FileGate good(expectation);
    EXPECT_EQ(good.update(bytes_of("hello")), FileFlow::more);
    EXPECT_TRUE(good.finish().accepted());
    FileGate endless(expectation);
    EXPECT_EQ(endless.update(bytes_of("hellohello")), FileFlow::stop);
    EXPECT_FALSE(endless.finish().accepted());
}

TEST(FileGate, HoldsTheLimitWhateverSizeIsStated) {
    FileExpectation expectation = expect_text("hello");
    expectation.size_bytes = std::uint64_t(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(FileGate(expectation).limit_bytes(), limits::file_bytes);
    expectation.limit_bytes = 8;
    FileGate gate(expectation);
    EXPECT_EQ(gate.update(bytes_of("hellohello")), FileFlow::stop);
    const Verdict verdict = gate.finish();
    ASSERT_NE(verdict.find("file-length-mismatch"), nullptr);
    EXPECT_EQ(verdict.find("file-length-mismatch")->expected, "at most 8 bytes");
}

TEST(FileGate, RefusesAnEmptyBodyAndAcceptsAnEmptyFile) {
    EXPECT_FALSE(FileGate(expect_text("hello")).finish().accepted());
    EXPECT_TRUE(FileGate(expect_text("")).finish().accepted());
}

}  // namespace
}  // namespace heliograph::verify
