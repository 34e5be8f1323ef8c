// SPDX-License-Identifier: Apache-2.0
#include <pki/base/database/database.hpp>
#include <pki/base/database/still_file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <fstream>

namespace heliograph {
namespace {

using test::expect_error;
using test::succeeded;
using test::TempFolder;

constexpr std::array first_release = {
    Migration{"CREATE TABLE certificates(serial BLOB PRIMARY KEY, name TEXT NOT NULL) STRICT"}};
constexpr std::array second_release = {
    first_release[0],
    Migration{"ALTER TABLE certificates ADD COLUMN days INTEGER NOT NULL DEFAULT 30"}};

Outcome insert(Database& database, std::string_view serial, std::string_view name) {
    auto statement = database.prepare("INSERT INTO certificates(serial, name) VALUES(?1, ?2)");
    if (!statement) {
        return statement.error();
    }
    return statement->bind_all(bytes_of(serial), name).run();
}

std::int64_t count(Database& database) {
    auto query = database.prepare("SELECT count(*) FROM certificates").value();
    EXPECT_EQ(query.step().value(), Step::row);
    return query.integer(0);
}

TEST(Database, KeepsWhatWasCommittedAndOnlyThat) {
    const TempFolder folder;
    {
        auto database = Database::open(folder / "db", OpenMode::create, first_release).value();
        auto transaction = database.begin().value();
        ASSERT_TRUE(succeeded(insert(database, "1", "kept")));
        ASSERT_TRUE(succeeded(transaction.commit()));
        auto dropped = database.begin().value();
        ASSERT_TRUE(succeeded(insert(database, "2", "dropped")));
    }
    auto database = Database::open(folder / "db", OpenMode::read_only, first_release).value();
    EXPECT_EQ(count(database), 1);
}

TEST(Database, IsFoundByAPathThatLooksLikeAHost) {
    const TempFolder folder;
    const std::filesystem::path twice = "/" + (folder / "d%b#?").string();
    { ASSERT_TRUE(succeeded(Database::open(twice, OpenMode::create, first_release))); }
    ASSERT_TRUE(succeeded(Database::open(twice, OpenMode::read_only, first_release)));
}

TEST(StillFile, SeesEveryWriter) {
    const TempFolder folder;
    auto writer = Database::open(folder / "db", OpenMode::create, first_release);
    EXPECT_FALSE(StillFile::look(folder / "db")) << "a log is there";
    writer = Error(ErrorCode::io, "closed");
    // Coarse clocks give two writes one time.
    const auto now = std::filesystem::last_write_time(folder / "db");
    std::filesystem::last_write_time(folder / "db", now - std::chrono::hours(1));
    const auto still = StillFile::look(folder / "db");
    ASSERT_TRUE(still.has_value());
    EXPECT_TRUE(succeeded(still->check()));
    EXPECT_FALSE(StillFile::look(folder / "none"));
    writer = Database::open(folder / "db", OpenMode::existing, first_release);
    ASSERT_TRUE(succeeded(writer));
    ASSERT_TRUE(succeeded(insert(*writer, "1", "new")));
    expect_error(still->check(), ErrorCode::conflict, "run the same command again");
    writer = Error(ErrorCode::io, "closed");
    EXPECT_FALSE(std::filesystem::exists(folder / "db-wal"));
    expect_error(still->check(), ErrorCode::conflict);
}

TEST(Database, IsForItsOwnerOnly) {
    const TempFolder folder;
    auto database = Database::open(folder / "db", OpenMode::create, first_release).value();
    ASSERT_TRUE(succeeded(insert(database, "1", "private")));
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
        EXPECT_EQ(entry.status().permissions() & others, std::filesystem::perms::none)
            << entry.path();
        ++seen;
    }
    EXPECT_EQ(seen, 3U) << "the database, its log and the log's index";
}

TEST(Database, RoundTripsEveryKindOfValue) {
    const TempFolder folder;
    auto database = Database::open(folder / "db", OpenMode::create, {}).value();
    auto query = database.prepare("SELECT ?1, ?2, ?3, ?4, ?5, ?6").value();
    const std::optional<std::string_view> nothing;
    query.bind_all(
        std::int64_t{-7}, "text", bytes_of(std::string_view("\0\xff", 2)), std::nullopt, nothing, ""
    );
    ASSERT_EQ(query.step().value(), Step::row);
    EXPECT_EQ(query.integer(0), -7);
    EXPECT_EQ(query.text(1), "text");
    EXPECT_EQ(query.blob(2), to_bytes(std::string_view("\0\xff", 2)));
    EXPECT_TRUE(query.is_null(3));
    EXPECT_EQ(query.optional_text(4), std::nullopt);
    EXPECT_EQ(query.optional_text(5), "");
    EXPECT_EQ(query.step().value(), Step::done);
}

TEST(Database, MigratesAnOldFileAndRefusesANewerOne) {
    const TempFolder folder;
    {
        auto database = Database::open(folder / "db", OpenMode::create, first_release).value();
        ASSERT_TRUE(succeeded(insert(database, "1", "old")));
    }
    expect_error(
        Database::open(folder / "db", OpenMode::read_only, second_release), ErrorCode::unsupported
    );
    {
        auto database = Database::open(folder / "db", OpenMode::existing, second_release).value();
        auto query = database.prepare("SELECT days FROM certificates").value();
        ASSERT_EQ(query.step().value(), Step::row);
        EXPECT_EQ(query.integer(0), 30);
    }
    expect_error(
        Database::open(folder / "db", OpenMode::existing, first_release),
        ErrorCode::unsupported,
        "newer"
    );
}

TEST(Database, RollsAFailedMigrationBackWhole) {
    const TempFolder folder;
    constexpr std::array broken = {
        first_release[0], Migration{"CREATE TABLE other(x); SELECT no_such_thing()"}};
    EXPECT_FALSE(Database::open(folder / "db", OpenMode::create, broken).has_value());
    auto database = Database::open(folder / "db", OpenMode::existing, second_release);
    EXPECT_TRUE(succeeded(database));
}

TEST(Database, NamesATakenUniqueValue) {
    const TempFolder folder;
    auto database = Database::open(folder / "db", OpenMode::create, first_release).value();
    ASSERT_TRUE(succeeded(insert(database, "1", "first")));
    expect_error(insert(database, "1", "second"), ErrorCode::exists);
    EXPECT_EQ(count(database), 1);
}

TEST(Database, TellsMissingFilesAndForeignFilesApart) {
    const TempFolder folder;
    expect_error(
        Database::open(folder / "none", OpenMode::existing, first_release), ErrorCode::not_found
    );
    std::ofstream(folder / "text") << std::string(4096, 'x');
    expect_error(
        Database::open(folder / "text", OpenMode::existing, first_release), ErrorCode::malformed
    );
}

TEST(Database, ShowsAnotherConnectionsCommitInItsVersion) {
    const TempFolder folder;
    auto writer = Database::open(folder / "db", OpenMode::create, first_release).value();
    auto reader = Database::open(folder / "db", OpenMode::read_only, first_release).value();
    const auto before = reader.data_version().value();
    EXPECT_EQ(reader.data_version().value(), before);
    ASSERT_TRUE(succeeded(insert(writer, "1", "x")));
    EXPECT_NE(reader.data_version().value(), before);
}

}  // namespace
}  // namespace heliograph
