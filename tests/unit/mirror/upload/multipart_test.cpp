// SPDX-License-Identifier: Apache-2.0
// Upload forms, as tools write them and as attackers do (threats T15, T17).
#include <mirror/upload/multipart.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

struct SeenPart {
    PartHead head;
    std::string content;
    bool ended = false;
};

class Collector final : public MultipartSink {
  public:
    Outcome begin_part(const PartHead& head) override {
        parts.push_back({head, "", false});
        return {};
    }
    Outcome add_bytes(ByteSpan piece) override {
        parts.back().content += text_of(piece);
        return {};
    }
    Outcome end_part() override {
        parts.back().ended = true;
        return {};
    }
    std::vector<SeenPart> parts;
};

Outcome read_form(const std::string& body, Collector& into, std::size_t cut = 0) {
    MultipartReader reader("X", into);
    HG_CHECK(reader.read(bytes_of(std::string_view(body).substr(0, cut))));
    HG_CHECK(reader.read(bytes_of(std::string_view(body).substr(cut))));
    return reader.finish();
}

ErrorCode refusal_of(const std::string& body) {
    Collector ignored;
    const Outcome outcome = read_form(body, ignored);
    EXPECT_FALSE(outcome) << body;
    return outcome ? ErrorCode::internal : outcome.error().code();
}

std::string part(const std::string& disposition, const std::string& content) {
    return "--X\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n";
}

const std::string good = part("form-data; name=\":action\"", "file_upload") +
                         part("form-data; name=\"empty\"", "") +
                         "--X\r\ncontent-disposition: form-data; filename=\"a-1.tar.gz\"; "
                         "name=\"content\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                         "\x1f\x8b\r\n--Y\r\n--\r\n\r\n--X--\r\n";

TEST(Multipart, ReadsTheSameWhereverTheInputIsCut) {
    for (std::size_t cut = 0; cut <= good.size(); ++cut) {
        Collector form;
        ASSERT_TRUE(read_form(good, form, cut)) << cut;
        ASSERT_EQ(form.parts.size(), 3U) << cut;
        EXPECT_EQ(form.parts[0].head.name, ":action");
        EXPECT_FALSE(form.parts[0].head.filename);
        EXPECT_EQ(form.parts[0].content, "file_upload") << cut;
        EXPECT_EQ(form.parts[1].content, "");
        EXPECT_EQ(form.parts[2].head.filename, "a-1.tar.gz");
        EXPECT_EQ(form.parts[2].content, "\x1f\x8b\r\n--Y\r\n--\r\n") << cut;
        EXPECT_TRUE(form.parts[2].ended);
    }
}

TEST(Multipart, RefusesEveryTruncation) {
    for (std::size_t size = 0; size + 2 < good.size(); ++size) {
        Collector form;
        EXPECT_FALSE(read_form(good.substr(0, size), form)) << size;
    }
}

TEST(Multipart, RefusesWhatTwoReadersReadDifferently) {
    const std::string end = "--X--\r\n";
    for (const std::string& body : std::vector<std::string>{
             "preamble\r\n" + good,
             good + "epilogue",
             "--X--\r\n",
             "--X \r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" + end,
             "--X\nContent-Disposition: form-data; name=a\n\n1\n--X--\n",
             "--X\r\n\r\n1\r\n" + end,
             "--X\r\nContent-Type: text/plain\r\n\r\n1\r\n" + end,
             part("attachment; name=\"a\"", "1") + end,
             part("form-data", "1") + end,
             part("form-data; name=\"\"", "1") + end,
             part("form-data; name=\"a\"; name=\"b\"", "1") + end,
             part("form-data; name=\"a\"; filename*=utf-8''b", "1") + end,
             part("form-data; name=\"a\\\"b\"", "1") + end,
             part("form-data; name=\"a", "1") + end,
             part("form-data; name=\"\xC3\xA9\"", "1") + end,
             part("form-data; name=\"a\"\r\n folded: 1", "1") + end,
             part("form-data; name=\"a\"\r\nContent-Disposition: form-data; name=b", "1") + end,
             part("form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=Y", "1") + end,
             part("form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64", "1") + end,
             part("form-data; name=\"a\"\r\nno header", "1") + end,
         }) {
        EXPECT_EQ(refusal_of(body), ErrorCode::malformed) << body;
    }
}

TEST(Multipart, StopsAtEachLimit) {
    EXPECT_EQ(
        refusal_of("--X\r\nA: " + std::string(multipart_limits::head_bytes + 1, 'x')),
        ErrorCode::too_large
    );
    std::string many;
    for (std::size_t i = 0; i <= multipart_limits::parts; ++i) {
        many += part("form-data; name=a", "");
    }
    EXPECT_EQ(refusal_of(many + "--X--"), ErrorCode::too_large);
}

TEST(Multipart, FindsTheBoundaryOfAContentType) {
    EXPECT_EQ(parse_multipart_boundary("multipart/form-data; boundary=a-b").value(), "a-b");
    EXPECT_EQ(
        parse_multipart_boundary("Multipart/Form-Data;charset=utf-8; boundary=\"a b\"").has_value(),
        false
    );
    EXPECT_EQ(parse_multipart_boundary("multipart/form-data;boundary=\"a:b\"").value(), "a:b");
    for (const std::string& field : std::vector<std::string>{
             "",
             "multipart/form-data",
             "multipart/mixed; boundary=a",
             "multipart/form-data; boundary=",
             "multipart/form-data; boundary=\"\"",
             "multipart/form-data; boundary=a; boundary=b",
             "multipart/form-data; boundary=" + std::string(71, 'a')}) {
        EXPECT_FALSE(parse_multipart_boundary(field)) << field;
    }
}

}  // namespace
}  // namespace heliograph::mirror
