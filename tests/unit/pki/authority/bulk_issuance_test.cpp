// SPDX-License-Identifier: Apache-2.0
// Several certificates in one act: all or none, in folders or an archive, each name once.
#include <pki/authority/authority_reader.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heliograph::pki {
namespace {

using BulkIssuance = AuthorityFixture;

TEST_F(BulkIssuance, IssuesNoneOfManyWhenOneIsWrong) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server("known"))));
    const auto rows = sure(authority.list()).size();
    const auto before = test_support::contents_of(folder() / "issued");
    const auto refuses = [&](const IssueRequest& bad, ErrorCode code, const std::string& word) {
        const std::vector<IssueRequest> all{server("one"), bad};
        expect_error(authority.issue(all), code, word);
        expect_error(authority.issue_many(all), code, word);
        expect_error(authority.issue_into_archive(all, empty_archive(m_temp / "all")), code, word);
        EXPECT_EQ(sure(authority.list()).size(), rows);
        EXPECT_EQ(test_support::contents_of(folder() / "issued"), before);
        EXPECT_FALSE(fs::exists(m_temp / "all"));
    };
    IssueRequest foreign = server("two");
    foreign.dns = {"www.example.com"};
    refuses(foreign, ErrorCode::invalid_argument, "example.com");
    refuses(server("one"), ErrorCode::invalid_argument, "again");
    refuses(server("../x"), ErrorCode::invalid_argument, "name");
    refuses(server("known"), ErrorCode::exists, "pki renew known");
    IssueRequest elsewhere = server("known");
    elsewhere.folder = m_temp / "elsewhere";
    refuses(elsewhere, ErrorCode::exists, "no valid certificate");
    fs::create_directories(m_temp / "taken/in");
    elsewhere = server("two");
    elsewhere.folder = m_temp / "taken";
    expect_error(
        authority.issue(std::vector{server("one"), elsewhere}), ErrorCode::exists, "taken"
    );
    EXPECT_EQ(sure(authority.list()).size(), rows);
    EXPECT_EQ(test_support::contents_of(folder() / "issued"), before);
    ASSERT_TRUE(succeeded(authority.issue(std::vector{server("one"), server("two")})));
}

TEST_F(BulkIssuance, AsksForNoPassphraseForWhatItRefuses) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server("known"))));
    IssueRequest locked = server("known");
    locked.key_lock = {
        []() -> Result<SecretBytes> {
            return Error(ErrorCode::internal, "expected nobody to be asked");
        },
        KeyStretching::scrypt};
    const std::vector all{locked};
    expect_error(authority.issue(all), ErrorCode::exists);
    expect_error(authority.issue_many(all), ErrorCode::exists);
    expect_error(
        authority.issue_into_archive(all, empty_archive(m_temp / "all")), ErrorCode::exists
    );
    const auto reader = sure(AuthorityReader::open(folder(), m_clock));
    expect_error(reader.check_names(all), ErrorCode::exists);
    fs::create_directories(m_temp / "taken/in");
    locked.name = "two";
    locked.folder = m_temp / "taken";
    expect_error(authority.issue({&locked, 1}), ErrorCode::exists, "taken");
    EXPECT_TRUE(succeeded(reader.check_names({&locked, 1})));
    expect_error(reader.check_places({&locked, 1}), ErrorCode::exists, "taken");
}

TEST_F(BulkIssuance, KnowsWhatIsInAnArchiveAndIssuesItOnce) {
    Authority authority = create();
    const std::vector<IssueRequest> all{server("one"), server("two")};
    ASSERT_TRUE(succeeded(authority.issue_into_archive(all, empty_archive(m_temp / "all.tar"))));
    expect_error(
        authority.issue_into_archive(all, empty_archive(m_temp / "more.tar")),
        ErrorCode::exists,
        "all.tar"
    );
    expect_error(
        authority.issue_into_archive({&all.front(), 1}, empty_archive(m_temp / "all.tar")),
        ErrorCode::exists
    );
    const LedgerEntry entry = sure(authority.newest("one"));
    EXPECT_EQ(entry.archive, (m_temp / "all.tar").string());
    EXPECT_FALSE(entry.folder);
    expect_error(authority.key_of(entry), ErrorCode::not_found, "all.tar");
}

TEST_F(BulkIssuance, KeepsAnArchiveWhoseNameWasTakenMeanwhile) {
    const fs::path place = m_temp / "all.tar";
    {
        Authority authority = create();
        const std::vector<IssueRequest> all{server("one")};
        ArchiveWriter writer = empty_archive(place);
        writer.add = [&place](const IssueRequest&, const MadeLeaf&) {
            return write_file_atomically(place, bytes_of(std::string_view("another's")));
        };
        expect_error(
            authority.issue_into_archive(all, writer), ErrorCode::exists, "the next command"
        );
    }
    EXPECT_EQ(test_support::contents_of(m_temp.path()).at("all.tar"), "another's");
    fs::remove(place);
    static_cast<void>(reopened());
    EXPECT_EQ(test_support::contents_of(m_temp.path()).at("all.tar"), "");
    EXPECT_EQ(sure(reopened().find("one")).size(), 1U);
}

}  // namespace
}  // namespace heliograph::pki
