// SPDX-License-Identifier: Apache-2.0
// What a catalogue remembers of serials, and how it takes back what nobody bears out; on both.
#include <tests/unit/mirror/store/catalog_contract.hpp>

namespace heliograph::mirror {
namespace {

using test::succeeded;

template <typename Maker>
class CatalogFloor : public CatalogContract<Maker> {};

TYPED_TEST_SUITE(CatalogFloor, CatalogMakers);

TYPED_TEST(CatalogFloor, StepsBackBehindWhatNoPageBearsOut) {
    this->write(write_history);
    this->write([](CatalogTransaction& transaction) {
        const auto park = [&](const char* name, verify::Serial wanted) {
            EXPECT_TRUE(succeeded(transaction.put_pending(
                {.project = sample::project(name),
                 .wanted = wanted,
                 .cause = PendingCause::refused,
                 .reason = "late",
                 .attempts = 1,
                 .since = sample::time,
                 .last_try = sample::time,
                 .next_try = sample::time}
            )));
        };
        park("wheel", {7});
        park("bare", {5});
        EXPECT_TRUE(succeeded(transaction.condense_journal({6})));
        EXPECT_TRUE(succeeded(transaction.step_back({5})));
    });
    const auto state = this->catalog().state().value();
    EXPECT_EQ(state.last_serial, verify::Serial{5});
    EXPECT_EQ(state.checkpoint, verify::Serial{5});
    const auto events = this->catalog().events({}, 10).value();
    ASSERT_FALSE(events.empty());
    EXPECT_LE(events.back().serial.value, 5U);
    const auto pending = this->catalog().pending().value();
    ASSERT_EQ(pending.size(), 2U);
    EXPECT_EQ(pending[0].wanted, verify::Serial{5});
    EXPECT_EQ(pending[1].wanted, verify::Serial{}) << "wheel";
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.step_back({6}))) << "which is no step back";
    });
    EXPECT_EQ(this->catalog().state().value().last_serial, verify::Serial{5});
}

TYPED_TEST(CatalogFloor, RemembersTheNewestSerialOfAProjectThatWent) {
    const auto wheel = sample::project("wheel");
    EXPECT_EQ(this->catalog().newest_serial(wheel).value(), std::nullopt);
    EXPECT_EQ(this->catalog().newest_serial().value(), verify::Serial{});
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(
            succeeded(transaction.put_page(wheel, verify::PageForm::html, sample::page("x", 4)))
        );
        EXPECT_TRUE(succeeded(transaction.remove_project(wheel)));
    });
    EXPECT_EQ(this->catalog().newest_serial(wheel).value(), verify::Serial{4});
    EXPECT_EQ(this->catalog().newest_serial().value(), verify::Serial{4});
}

}  // namespace
}  // namespace heliograph::mirror
