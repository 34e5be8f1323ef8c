// SPDX-License-Identifier: Apache-2.0
// What a catalogue knows of files that a filter left out, and of withdrawals; on both.
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/store/catalog_contract.hpp>

#include <limits>

namespace heliograph::mirror {
namespace {

using test::succeeded;

LeftOutFile left_out(const char* name, LeaveReason reason, std::optional<Instant> ripe = {}) {
    const auto file = verify::parse_dist_file_name(name).value();
    return {
        .path = verify::FilePath(pki::sha256(bytes_of(file.text())), file),
        .size_bytes = 10,
        .reason = reason,
        .ripe = ripe};
}

template <typename Maker>
class CatalogLeftOut : public CatalogContract<Maker> {
  protected:
    const verify::ProjectName m_project{verify::parse_normalised_name("sample").value()};
    const Instant m_ripe{std::chrono::seconds(5000)};
    const std::vector<LeftOutFile> m_files{
        left_out("sample-1.0-py3-none-any.whl", LeaveReason::latest),
        left_out("sample-2.0-py3-none-any.whl", LeaveReason::age, m_ripe)};

    void put(const std::vector<LeftOutFile>& files) {
        this->write([&](CatalogTransaction& transaction) {
            EXPECT_TRUE(succeeded(transaction.put_left_out(m_project, files)));
        });
    }
};

TYPED_TEST_SUITE(CatalogLeftOut, CatalogMakers);

TYPED_TEST(CatalogLeftOut, IsToldByProjectAndByPlaceAndCounted) {
    this->put(this->m_files);
    auto& catalog = this->catalog();
    EXPECT_EQ(catalog.left_out_files(this->m_project).value(), this->m_files);
    EXPECT_EQ(catalog.left_out(this->m_files[0].path).value(), this->m_files[0]);
    EXPECT_EQ(catalog.left_out_named(this->m_files[1].path.name()).value(), this->m_files[1]);
    EXPECT_FALSE(
        catalog.left_out_named(verify::parse_dist_file_name("sample-3.0.tar.gz").value()).value()
    );
    const verify::FilePath other(pki::sha256(bytes_of("other")), this->m_files[0].path.name());
    EXPECT_FALSE(catalog.left_out(other).value()) << "another content under that name";
    const std::vector<LeftOutCount> counts{{LeaveReason::age, 1, 10}, {LeaveReason::latest, 1, 10}};
    EXPECT_EQ(catalog.left_out_counts().value(), counts);
}

TYPED_TEST(CatalogLeftOut, IsCountedWhateverSizesAPageStates) {
    auto files = this->m_files;
    for (auto& file : files) {
        file.reason = LeaveReason::size;
        file.size_bytes = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    }
    this->put(files);
    const auto counts = this->catalog().left_out_counts();
    ASSERT_TRUE(succeeded(counts));
    const std::vector<LeftOutCount> most{{LeaveReason::size, 2, LeftOutCount::most_bytes}};
    EXPECT_EQ(*counts, most);
}

TYPED_TEST(CatalogLeftOut, IsReplacedAsAWholeAndGoesWithItsProject) {
    this->put(this->m_files);
    this->put({this->m_files[1]});
    EXPECT_EQ(this->catalog().left_out_files(this->m_project).value().size(), 1U);
    this->write([this](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.remove_project(this->m_project)));
    });
    EXPECT_TRUE(this->catalog().left_out_files(this->m_project).value().empty());
}

TYPED_TEST(CatalogLeftOut, TellsWhoseFilesAreOldEnough) {
    this->put(this->m_files);
    auto& catalog = this->catalog();
    EXPECT_EQ(catalog.next_ripe().value(), this->m_ripe);
    EXPECT_TRUE(catalog.ripe_projects(this->m_ripe - std::chrono::seconds(1)).value().empty());
    EXPECT_EQ(catalog.ripe_projects(this->m_ripe).value(), std::vector{this->m_project});
    this->put({});
    EXPECT_FALSE(catalog.next_ripe().value());
}

TYPED_TEST(CatalogLeftOut, LeavesThePendingToTheirOwnTurns) {
    this->put(this->m_files);
    this->write([this](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_pending(
            {.project = this->m_project,
             .wanted = {},
             .reason = "no such file",
             .attempts = 1,
             .since = this->m_ripe,
             .last_try = this->m_ripe,
             .next_try = this->m_ripe + std::chrono::seconds(30)}
        )));
    });
    EXPECT_FALSE(this->catalog().next_ripe().value());
    this->write([this](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.clear_pending(this->m_project)));
    });
    EXPECT_EQ(this->catalog().next_ripe().value(), this->m_ripe);
}

TYPED_TEST(CatalogLeftOut, KeepsWhatWithdrawalsTook) {
    auto state = this->catalog().upstream_state().value();
    state.withdrawals = {
        .followed = 3,
        .last = this->m_ripe,
        .last_lag = std::chrono::seconds(2),
        .longest_lag = std::chrono::seconds(90)};
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_upstream_state(state)));
    });
    EXPECT_EQ(this->catalog().upstream_state().value(), state);
}

}  // namespace
}  // namespace heliograph::mirror
