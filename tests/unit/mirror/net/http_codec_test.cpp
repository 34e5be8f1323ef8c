// SPDX-License-Identifier: Apache-2.0
// Requests as attackers write them (threat T18) against the strict reader.
#include <mirror/net/http_codec.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

using State = HttpCodec::State;

ServerLimits with_body(std::size_t bytes) {
    ServerLimits limits;
    limits.request_body_bytes = bytes;
    return limits;
}

// The status of the refusal; 0 when the request is taken, -1 when more is wanted.
int status_for(const std::string& text, const ServerLimits& limits = {}) {
    HttpCodec codec(limits);
    HttpRequest request;
    switch (codec.read(text, request)) {
        case State::complete:
        case State::streaming:
            return 0;
        case State::incomplete:
            return -1;
        case State::refused:
            break;
    }
    EXPECT_FALSE(codec.refusal().sentence.empty());
    return codec.refusal().status;
}

std::string with_field(const std::string& line) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n";
}

TEST(HttpCodec, ReadsARequest) {
    const std::string text =
        "GET /simple/wheel/?format=x HTTP/1.1\r\nHost: a.example:80\r\nAccept:  text/html \r\n\r\n";
    HttpCodec codec(ServerLimits{});
    HttpRequest request;
    ASSERT_EQ(codec.read(text + "GET", request), State::complete);
    EXPECT_EQ(request.method, Method::get);
    EXPECT_EQ(request.path, "/simple/wheel/");
    EXPECT_EQ(request.query, "format=x");
    EXPECT_EQ(request.headers.find("accept"), "text/html");
    EXPECT_EQ(codec.consumed_bytes(), text.size());
    EXPECT_EQ(codec.persistence(), Persistence::keep);
}

TEST(HttpCodec, ReadsTheSameByteByByte) {
    const std::string text =
        "POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1";
    const std::size_t whole = text.find("GET");
    HttpCodec codec(with_body(5));
    HttpRequest request;
    for (std::size_t size = 1; size < whole; ++size) {
        ASSERT_EQ(codec.read(text.substr(0, size), request), State::incomplete) << size;
    }
    ASSERT_EQ(codec.read(text, request), State::complete);
    EXPECT_EQ(text_of(request.body), "hello");
    EXPECT_EQ(request.method, Method::post);
    EXPECT_EQ(codec.consumed_bytes(), whole);
    codec.reset();
    EXPECT_EQ(codec.read(text.substr(whole), request), State::incomplete);
}

TEST(HttpCodec, KnowsWhetherTheConnectionStays) {
    const std::pair<const char*, Persistence> cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Persistence::keep},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", Persistence::close},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: te, close\r\n\r\n", Persistence::close},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", Persistence::keep},
        {"GET / HTTP/1.0\r\n\r\n", Persistence::close},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Persistence::keep},
    };
    for (const auto& [text, expected] : cases) {
        HttpCodec codec(ServerLimits{});
        HttpRequest request;
        ASSERT_EQ(codec.read(text, request), State::complete) << text;
        EXPECT_EQ(codec.persistence(), expected) << text;
    }
}

TEST(HttpCodec, RefusesWhatTwoReadersReadDifferently) {
    const std::pair<std::string, int> cases[] = {
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
        {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {with_field("X: a\r\n folded"), 400},
        {with_field(" X: a"), 400},
        {with_field("X : a"), 400},
        {with_field("X\t: a"), 400},
        {with_field(": a"), 400},
        {with_field("no colon"), 400},
        {with_field(std::string("X: a\0b", 6)), 400},
        {with_field("X: \x01"), 400},
        {with_field("X(: a"), 400},
        {with_field("Content-Length: 0\r\nContent-Length: 0"), 400},
        {with_field("Content-Length: 0\r\nTransfer-Encoding: chunked"), 400},
        {with_field("Transfer-Encoding: chunked"), 411},
        {with_field("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), 400},
        {with_field("Content-Length: +0"), 400},
        {with_field("Content-Length: -0"), 400},
        {with_field("Content-Length: 0x0"), 400},
        {with_field("Content-Length: 0, 0"), 400},
        {with_field("Content-Length: "), 400},
        {with_field("Content-Length: 99999999999999999999999"), 400},
        {with_field("Host: b"), 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", 505},
        {"GET /\r\nHost: a\r\n\r\n", 400},
        {"GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {std::string("\x16\x03\x01\x02", 4), 400},
    };
    for (const auto& [text, status] : cases) {
        EXPECT_EQ(status_for(text), status) << text;
    }
}

TEST(HttpCodec, RefusesAtEachLimitAndNotBefore) {
    ServerLimits limits;
    limits.request_line_bytes = 40;
    limits.header_bytes = 120;
    limits.header_fields = 3;
    const auto line = [](std::size_t path) {
        return "GET /" + std::string(path, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    EXPECT_EQ(status_for(line(20), limits), 0);
    EXPECT_EQ(status_for(line(60), limits), 414);
    EXPECT_EQ(status_for("GET /" + std::string(60, 'a'), limits), 414) << "before its end";
    EXPECT_EQ(status_for(with_field("A: 1\r\nB: 2"), limits), 0);
    EXPECT_EQ(status_for(with_field("A: 1\r\nB: 2\r\nC: 3"), limits), 431);
    EXPECT_EQ(status_for(with_field("A: " + std::string(100, 'a')), limits), 431);
    EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(100, 'a'), limits), 431);
}

TEST(HttpCodec, RefusesABodyOverItsLimit) {
    EXPECT_EQ(status_for(with_field("Content-Length: 1")), 413);
    EXPECT_EQ(status_for(with_field("Content-Length: 0")), 0);
    EXPECT_EQ(status_for(with_field("Content-Length: 10"), with_body(10)), -1);
    EXPECT_EQ(status_for(with_field("Content-Length: 11"), with_body(10)), 413);
    EXPECT_EQ(status_for(with_field("Expect: 100-continue"), with_body(10)), 417);
}

}  // namespace
}  // namespace heliograph::mirror
