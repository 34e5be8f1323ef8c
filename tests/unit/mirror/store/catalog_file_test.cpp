// SPDX-License-Identifier: Apache-2.0
// The catalogue as a file: other processes, damage, and room given back.
#include <mirror/store/catalog_schema.hpp>
#include <mirror/store/sqlite_catalog.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/store/sample.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

class SqliteCatalogFile : public ::testing::Test {
  protected:
    std::unique_ptr<Catalog> open(OpenMode mode = OpenMode::existing) {
        return SqliteCatalog::open(m_folder / "catalog.db", mode).value();
    }
    test::TempFolder m_folder;
};

TEST_F(SqliteCatalogFile, ShowsOneProcessWhatAnotherCommitted) {
    const auto writer = open(OpenMode::create);
    const auto reader = open();
    const auto before = reader->change_counter().value();
    const auto transaction = writer->begin().value();
    ASSERT_TRUE(succeeded(
        transaction->put_page(sample::project(), verify::PageForm::html, sample::page("x", 1))
    ));
    EXPECT_TRUE(reader->projects().value().empty()) << "an open transaction must be invisible";
    EXPECT_EQ(reader->change_counter().value(), before);
    ASSERT_TRUE(succeeded(transaction->commit()));
    EXPECT_EQ(reader->projects().value().size(), 1U);
    EXPECT_NE(reader->change_counter().value(), before);
}

TEST_F(SqliteCatalogFile, RefusesAFileThatIsNoCatalogue) {
    ASSERT_TRUE(
        succeeded(write_file_atomically(m_folder / "catalog.db", bytes_of(std::string(4096, 'x'))))
    );
    expect_error(
        SqliteCatalog::open(m_folder / "catalog.db", OpenMode::existing), ErrorCode::malformed
    );
}

TEST_F(SqliteCatalogFile, ReportsADamagedRowInsteadOfBelievingIt) {
    { const auto catalog = open(OpenMode::create); }
    auto database =
        Database::open(m_folder / "catalog.db", OpenMode::existing, catalog_migrations()).value();
    ASSERT_TRUE(succeeded(
        database.execute("INSERT INTO file (name, project, digest, size) "
                         "VALUES ('../../etc/passwd', 'wheel', x'00', 1);"
                         "INSERT INTO event (serial, time, action) VALUES (1, 0, 'sing')")
    ));
    const auto catalog = open();
    expect_error(catalog->files(sample::project()), ErrorCode::malformed, "damaged");
    expect_error(catalog->events({}, 10), ErrorCode::malformed, "damaged");
}

TEST_F(SqliteCatalogFile, ShrinksWhenItsJournalWasCondensed) {
    const auto catalog = open(OpenMode::create);
    {
        const auto transaction = catalog->begin().value();
        for (std::uint64_t serial = 1; serial <= 3000; ++serial) {
            ASSERT_TRUE(succeeded(transaction->append_event(sample::added(serial))));
        }
        ASSERT_TRUE(succeeded(transaction->set_last_serial({3000})));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    ASSERT_TRUE(succeeded(catalog->give_back_room())) << "and brings all out of the log";
    const auto before = std::filesystem::file_size(m_folder / "catalog.db");
    {
        const auto transaction = catalog->begin().value();
        ASSERT_TRUE(succeeded(transaction->condense_journal({3000})));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    ASSERT_TRUE(succeeded(catalog->give_back_room()));
    EXPECT_LT(std::filesystem::file_size(m_folder / "catalog.db"), before / 2);
    EXPECT_EQ(catalog->events({}, 10).value(), std::vector{sample::added(3000)});
}

}  // namespace
}  // namespace heliograph::mirror
