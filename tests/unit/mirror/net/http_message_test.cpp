// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/http_message.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

TEST(HeaderList, FindsNamesWithoutCaseAndKeepsTheirOrder) {
    HeaderList headers;
    headers.add("Accept", "text/html");
    headers.add("X-Empty", "");
    headers.add("accept", "*/*;q=0.1");
    EXPECT_EQ(headers.find("ACCEPT"), "text/html");
    EXPECT_EQ(headers.find("x-empty"), "");
    EXPECT_EQ(headers.find("Accep"), std::nullopt);
    EXPECT_EQ(headers.count("accept"), 2U);
    EXPECT_EQ(headers.joined("Accept"), "text/html, */*;q=0.1");
    EXPECT_EQ(headers.joined("None"), std::nullopt);
    EXPECT_EQ(headers.render(), "Accept: text/html\r\nX-Empty: \r\naccept: */*;q=0.1\r\n");
}

TEST(HeaderListDeathTest, StopsOurOwnCodeFromSplittingAResponse) {
    HeaderList headers;
    EXPECT_DEATH(headers.add("Location", "/a\r\nSet-Cookie: x"), "");
    EXPECT_DEATH(headers.add("Bad Name", "x"), "");
}

TEST(HttpReply, SaysOneSentenceAsText) {
    HeaderList more;
    more.add("Allow", "GET, HEAD");
    const HttpReply reply = HttpReply::sentence(405, "Only GET and HEAD.", std::move(more));
    EXPECT_EQ(reply.status, 405);
    EXPECT_EQ(*reply.head, "Allow: GET, HEAD\r\nContent-Type: text/plain; charset=utf-8\r\n");
    EXPECT_EQ(text_of(*std::get<BytesBody>(reply.body).bytes), "Only GET and HEAD.\n");
    EXPECT_EQ(body_size_bytes(reply.body), 19U);
}

TEST(ReasonPhrase, KnowsItsCodesAndMakesDoForOthers) {
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(299), "Unknown");
}

}  // namespace
}  // namespace heliograph::mirror
