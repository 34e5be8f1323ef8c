// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/changelog.hpp>
#include <mirror/journal/compaction.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/store/sample.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

Changelog every_action() {
    return {
        .last_serial = {9},
        .checkpoint = {2},
        .events =
            {sample::added(3),
             sample::created(4, "other"),
             sample::removed(5, "other"),
             sample::unyanked(6, "it was the driver"),
             sample::evidence_changed(8),
             sample::added(9)},
        .more = true};
}

std::string with(std::string text, const std::string& part, const std::string& other) {
    const auto place = text.find(part);
    EXPECT_NE(place, std::string::npos) << part;
    return text.replace(place, part.size(), other);
}

TEST(Changelog, ReadsWhatItWrites) {
    const auto page = every_action();
    const auto parsed = parse_changelog(render_changelog(page));
    ASSERT_TRUE(succeeded(parsed));
    EXPECT_EQ(*parsed, page);
}

TEST(Changelog, HasTheDocumentedForm) {
    const auto text =
        render_changelog({.last_serial = {1}, .events = {sample::added(1)}, .more = false});
    const auto html = pki::sha256(bytes_of("html")).to_hex();
    const auto json = pki::sha256(bytes_of("json")).to_hex();
    EXPECT_EQ(
        text,
        R"({"meta":{"format":"heliograph-changelog-1","last-serial":1,"checkpoint":0},"events":[{"serial":1,)"
        R"("time":"2026-01-02T03:04:05Z","project":"wheel","action":"add-file",)"
        R"("filename":"wheel-0.38.4-py3-none-any.whl","page-html-sha256":")" +
            html + R"(","page-json-sha256":")" + json + R"("}],"more":false})"
    );
}

TEST(Changelog, IgnoresMembersItDoesNotKnow) {
    const auto text =
        with(render_changelog(every_action()), R"("more")", R"("mood":["good"],"more")");
    EXPECT_TRUE(succeeded(parse_changelog(text)));
}

TEST(Changelog, RefusesHostileDocuments) {
    const auto good = render_changelog(every_action());
    const std::vector<std::pair<std::string, std::string>> changes{
        {"heliograph-changelog-1", "heliograph-changelog-2"},
        {R"("last-serial":9)", R"("last-serial":8)"},
        {R"("last-serial":9)", R"("last-serial":-9)"},
        {R"("checkpoint":2)", R"("checkpoint":10)"},
        {R"("checkpoint":2)", R"("checkpoint":-1)"},
        {R"("checkpoint":2)", R"("checkpoint":"2")"},
        {R"("last-serial":9)", R"("last-serial":99999999999999999999)"},
        {R"("serial":3)", R"("serial":6)"},
        {R"("serial":3)", R"("serial":5)"},
        {R"("serial":3)", R"("serial":0)"},
        {R"("serial":3)", R"("serial":"3")"},
        {R"("time":"2026-01-02T03:04:05Z")", R"("time":"yesterday")"},
        {R"("project":"wheel")", R"("project":"../wheel")"},
        {R"("project":"wheel")", R"("project":"Wheel")"},
        {R"("project":"wheel")", R"("project":"other")"},
        {R"("project":"wheel")", R"("project":null)"},
        {R"("action":"add-file")", R"("action":"add-virus")"},
        {R"("action":"add-file")", R"("action":"remove-project")"},
        {R"("filename":"wheel-0.38.4-py3-none-any.whl")", R"("filename":"../../wheel-1.whl")"},
        {R"("filename":"wheel-0.38.4-py3-none-any.whl")", R"("filename":null)"},
        {R"("page-html-sha256":")", R"("page-html-sha256":"ff)"},
        {R"("page-html-sha256":)", R"("page-html":)"},
        {R"("more":true)", R"("more":"yes")"},
        {R"("more":true)", R"("less":true)"},
        {R"("events":)", R"("events":[],"events":)"},
    };
    for (const auto& [part, other] : changes) {
        EXPECT_FALSE(parse_changelog(with(good, part, other)).has_value())
            << part << " -> " << other;
    }
    for (const auto* text : {"", "[]", "{}", "null", R"({"meta":7})"}) {
        expect_error(parse_changelog(text), ErrorCode::malformed);
    }
}

TEST(Changelog, RefusesAReasonThatNobodyGave) {
    const auto reason_of = [](JournalEvent event, const std::string& reason) {
        event.reason = reason;
        const Changelog page{.last_serial = {1}, .events = {std::move(event)}, .more = false};
        return parse_changelog(render_changelog(page));
    };
    EXPECT_TRUE(succeeded(reason_of(sample::unyanked(1, "x"), std::string(4096, 'y'))));
    expect_error(reason_of(sample::unyanked(1, "x"), std::string(4097, 'y')), ErrorCode::malformed);
    expect_error(reason_of(sample::unyanked(1, "x"), "two\nlines"), ErrorCode::malformed);
    expect_error(reason_of(sample::unyanked(1, "x"), ""), ErrorCode::malformed, "reason");
    expect_error(reason_of(sample::added(1), "x"), ErrorCode::malformed, "else none");
}

// Whoever reads a page must be able to hold the longest that can be.
TEST(Changelog, HasRoomForTheLongestReasonOfEveryEvent) {
    Changelog page{.last_serial = {5000}, .events = {}, .more = false};
    for (std::uint64_t serial = 1; serial <= changelog_limits::events; ++serial) {
        page.events.push_back(sample::unyanked(serial, std::string(4096, '"')));
    }
    const auto quoted = parse_changelog(render_changelog(page));
    ASSERT_TRUE(succeeded(quoted));
    EXPECT_EQ(*quoted, page);
}

TEST(Changelog, RefusesMoreEventsThanAPageMayHave) {
    Changelog page{.last_serial = {5000}, .events = {}, .more = false};
    for (std::uint64_t serial = 1; serial <= changelog_limits::events + 1; ++serial) {
        page.events.push_back(sample::removed(serial));
    }
    expect_error(parse_changelog(render_changelog(page)), ErrorCode::too_large, "1000");
}

class JournalOfCatalog : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto transaction = m_catalog.begin().value();
        for (std::uint64_t serial = 1; serial <= 5; ++serial) {
            ASSERT_TRUE(succeeded(transaction->append_event(sample::added(serial))));
        }
        ASSERT_TRUE(succeeded(transaction->set_last_serial({4})));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    MemoryCatalog m_catalog;
};

TEST_F(JournalOfCatalog, ShowsNothingAboveTheLastSerial) {
    const auto page = read_changelog(m_catalog, {1}, 10).value();
    ASSERT_EQ(page.events.size(), 3U);
    EXPECT_EQ(page.events.back().serial, verify::Serial{4});
    EXPECT_EQ(page.last_serial, verify::Serial{4});
    EXPECT_FALSE(page.more);
}

TEST_F(JournalOfCatalog, SaysWhenThereIsMore) {
    const auto page = read_changelog(m_catalog, {1}, 2).value();
    EXPECT_EQ(page.events.size(), 2U);
    EXPECT_TRUE(page.more);
    EXPECT_EQ(read_changelog(m_catalog, {1}, 0).value().events.size(), 1U);
}

TEST_F(JournalOfCatalog, ShowsItsCheckpointToWhoeverReads) {
    ASSERT_TRUE(succeeded(compact_journal(m_catalog, std::uint64_t{2})));
    const auto page = read_changelog(m_catalog, {2}, 10).value();
    EXPECT_EQ(page.checkpoint, verify::Serial{2});
    EXPECT_EQ(page.events.size(), 2U);
}

TEST_F(JournalOfCatalog, IsEmptyForWhoeverIsUpToDate) {
    const auto page = read_changelog(m_catalog, {4}, 10).value();
    EXPECT_TRUE(page.events.empty());
    EXPECT_FALSE(page.more);
}

}  // namespace
}  // namespace heliograph::mirror
