// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/root_index.hpp>
#include <mirror/store/sqlite_catalog.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/serve/sample_site.hpp>

#include <gtest/gtest.h>

#include <array>
#include <latch>
#include <random>
#include <set>
#include <thread>

namespace heliograph::mirror {
namespace {

using test::sure;

class RootIndexTest : public testing::Test {
  protected:
    void put(
        const std::string& name, verify::ProjectStatus status = verify::ProjectStatus::active
    ) {
        const auto change = sure(m_catalog.begin());
        auto page = test::stored("page", "signature");
        page.serial = sure(change->take_serial());
        page.status = status;
        sure(change->put_page(named(name), verify::PageForm::json, page));
        sure(change->commit());
        if (status == verify::ProjectStatus::quarantined) {
            m_expected.erase(named(name));
        } else {
            m_expected.insert_or_assign(named(name), page.serial);
        }
    }

    void remove(const std::string& name) {
        const auto change = sure(m_catalog.begin());
        static_cast<void>(sure(change->take_serial()));
        sure(change->remove_project(named(name)));
        sure(change->commit());
        m_expected.erase(named(name));
    }

    static verify::ProjectName named(const std::string& name) {
        return sure(verify::parse_normalised_name(name));
    }

    std::string served(PageType type = PageType::json) {
        const auto prepared = sure(m_index.prepared(m_catalog, type));
        return std::string(text_of(*std::get<BytesBody>(prepared->content).bytes));
    }

    std::string expected(verify::PageForm form = verify::PageForm::json) {
        verify::RootList list{.serial = sure(m_catalog.state()).last_serial, .projects = {}};
        for (const auto& [name, serial] : m_expected) {
            list.projects.push_back({.name = name, .serial = serial});
        }
        return verify::render_root(list, form);
    }

    MemoryCatalog m_catalog;
    RootIndex m_index;
    std::map<verify::ProjectName, verify::Serial> m_expected;
};

TEST_F(RootIndexTest, IsAnEmptyListOfAnEmptyIndex) {
    EXPECT_EQ(served(), expected());
    EXPECT_EQ(served(PageType::text_html), expected(verify::PageForm::html));
}

TEST_F(RootIndexTest, LeavesQuarantinedAndRemovedProjectsOut) {
    put("demo");
    put("other");
    EXPECT_EQ(served(), expected());
    put("demo", verify::ProjectStatus::quarantined);
    EXPECT_EQ(served(), expected());
    EXPECT_EQ(served().find("demo"), std::string::npos);
    put("demo");
    remove("other");
    EXPECT_EQ(served(), expected());
    EXPECT_EQ(served(PageType::html_v1), expected(verify::PageForm::html));
}

TEST_F(RootIndexTest, IsAtHandOnceItWasRendered) {
    put("demo");
    EXPECT_EQ(sure(m_index.at_hand(m_catalog, PageType::json)), nullptr);
    const auto rendered = sure(m_index.prepared(m_catalog, PageType::json));
    EXPECT_EQ(sure(m_index.at_hand(m_catalog, PageType::json)), rendered);
    EXPECT_EQ(sure(m_index.at_hand(m_catalog, PageType::text_html)), nullptr) << "another form";
    put("other");
    EXPECT_EQ(sure(m_index.at_hand(m_catalog, PageType::json)), nullptr) << "of before";
}

TEST_F(RootIndexTest, GivesTheSameAnswerWhileNothingChanges) {
    put("demo");
    const auto first = sure(m_index.prepared(m_catalog, PageType::json));
    EXPECT_EQ(sure(m_index.prepared(m_catalog, PageType::json)), first);
    const std::string list = served();
    EXPECT_EQ(first->etag, etag_of(pki::sha256(bytes_of(list))));
    put("demo");
    EXPECT_NE(sure(m_index.prepared(m_catalog, PageType::json))->etag, first->etag);
}

// One rendering for all: whoever comes while it is made waits for it.
TEST(RootIndexOfManyThreads, IsRenderedOnceForAllWhoAskAtOnceAfterAPublish) {
    const test::TempFolder folder;
    const auto open = [&] {
        return sure(SqliteCatalog::open(folder / "catalog.db", OpenMode::create));
    };
    const auto writer = open();
    RootIndex index;
    for (int publish = 1; publish <= 20; ++publish) {
        const auto change = sure(writer->begin());
        for (int at = 0; at < 50; ++at) {
            auto page = test::stored("page", "signature");
            page.serial = sure(change->take_serial());
            const auto name = "p" + std::to_string(publish) + "-" + std::to_string(at);
            sure(change->put_page(
                sure(verify::parse_normalised_name(name)), verify::PageForm::json, page
            ));
        }
        sure(change->commit());
        constexpr std::size_t askers = 6;
        std::array<std::shared_ptr<const Prepared>, askers> answers;
        std::latch all_are_there(askers);
        {
            std::vector<std::jthread> threads;
            for (auto& answer : answers) {
                threads.emplace_back([&] {
                    const auto catalog = open();
                    all_are_there.arrive_and_wait();
                    answer = sure(index.prepared(*catalog, PageType::json));
                });
            }
        }
        EXPECT_EQ(std::set(answers.begin(), answers.end()).size(), 1U) << "publish " << publish;
        const std::string list(text_of(*std::get<BytesBody>(answers[0]->content).bytes));
        EXPECT_NE(list.find("p" + std::to_string(publish) + "-49"), std::string::npos);
    }
}

// Any history of changes, looked at between any of them, ends in the list that a new look gives.
TEST_F(RootIndexTest, FollowsAnyHistory) {
    std::mt19937 random(20260102);
    // Enough to fill and empty several parts.
    for (int round = 0; round < 3; ++round) {
        const auto change = sure(m_catalog.begin());
        for (int i = 0; i < 1500; ++i) {
            const auto name = named("p" + std::to_string(random() % 4000));
            if (random() % 3 == 0) {
                sure(change->remove_project(name));
                m_expected.erase(name);
                continue;
            }
            auto page = test::stored("page", "signature");
            page.serial = sure(change->take_serial());
            sure(change->put_page(name, verify::PageForm::json, page));
            m_expected.insert_or_assign(name, page.serial);
        }
        sure(change->commit());
        ASSERT_EQ(served(), expected());
        ASSERT_EQ(served(PageType::text_html), expected(verify::PageForm::html));
    }
}

}  // namespace
}  // namespace heliograph::mirror
