// SPDX-License-Identifier: Apache-2.0
// Both catalogues under one contract, and a history to try it with.
#pragma once

#include <mirror/store/catalog.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <mirror/store/sqlite_catalog.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/store/sample.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace heliograph::mirror {

struct MemoryCatalogMaker {
    std::unique_ptr<Catalog> catalog = std::make_unique<MemoryCatalog>();
};

struct SqliteMaker {
    test::TempFolder folder;
    std::unique_ptr<Catalog> catalog =
        SqliteCatalog::open(folder / "catalog.db", OpenMode::create).value();
};

template <typename Maker>
class CatalogContract : public ::testing::Test {
  protected:
    Catalog& catalog() { return *m_maker.catalog; }

    void write(const std::function<void(CatalogTransaction&)>& changes) {
        const auto transaction = catalog().begin().value();
        changes(*transaction);
        ASSERT_TRUE(test::succeeded(transaction->commit()));
    }

  private:
    Maker m_maker;
};

using CatalogMakers = ::testing::Types<MemoryCatalogMaker, SqliteMaker>;

inline void write_history(CatalogTransaction& transaction) {
    const std::vector<JournalEvent> events{
        sample::added(1),
        sample::added(2, "other-1.0-py3-none-any.whl"),
        sample::added(3),
        sample::evidence_changed(4),
        sample::removed(5, "other"),
        sample::evidence_changed(6),
        sample::added(7)};
    for (const auto& event : events) {
        EXPECT_TRUE(test::succeeded(transaction.append_event(event)));
    }
    EXPECT_TRUE(test::succeeded(transaction.set_last_serial({7})));
}

}  // namespace heliograph::mirror
