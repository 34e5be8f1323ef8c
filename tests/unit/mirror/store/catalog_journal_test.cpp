// SPDX-License-Identifier: Apache-2.0
// The journal of a catalogue: order, history and what is condensed; on both.
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/store/catalog_contract.hpp>

#include <optional>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

template <typename Maker>
class CatalogJournal : public CatalogContract<Maker> {};

TYPED_TEST_SUITE(CatalogJournal, CatalogMakers);

// Serial 1 wheel, 2 other, 3 wheel, 4 evidence, 5 other removed, 6 evidence, 7 wheel.
TYPED_TEST(CatalogJournal, CondensesItsJournalToTheNewestEventOfEachProject) {
    this->write(write_history);
    this->write([](CatalogTransaction& transaction) {
        EXPECT_EQ(transaction.condense_journal({6}).value(), 4U);
    });
    const std::vector<JournalEvent> left{
        sample::removed(5, "other"), sample::evidence_changed(6), sample::added(7)};
    EXPECT_EQ(this->catalog().events({}, 10).value(), left);
    EXPECT_EQ(this->catalog().event_count().value(), 3U);
    EXPECT_EQ(this->catalog().state().value().checkpoint, verify::Serial{6});
    this->write([](CatalogTransaction& transaction) {
        EXPECT_EQ(transaction.condense_journal({2}).value(), 0U);
        expect_error(transaction.condense_journal({8}), ErrorCode::conflict, "serial 7");
    });
    EXPECT_EQ(this->catalog().state().value().checkpoint, verify::Serial{6}) << "never goes back";
    EXPECT_TRUE(succeeded(this->catalog().give_back_room()));
    EXPECT_EQ(this->catalog().events({}, 10).value(), left);
}

TYPED_TEST(CatalogJournal, BridgesAGapWithThePagesInside) {
    this->write([&](CatalogTransaction& transaction) {
        for (const auto& [name, serial] :
             std::vector<std::pair<std::string, std::uint64_t>>{{"before", 2}, {"wheel", 5}}) {
            for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
                EXPECT_TRUE(succeeded(transaction.put_page(
                    sample::project(name),
                    form,
                    sample::page(form == verify::PageForm::html ? "html" : "json", serial)
                )));
            }
        }
        EXPECT_TRUE(succeeded(transaction.append_event(sample::added(1))));
        EXPECT_TRUE(succeeded(transaction.set_last_serial({6})));
        EXPECT_TRUE(succeeded(transaction.bridge_gap({.after = {2}, .up_to = {6}}, sample::time)));
    });
    auto expected = sample::added(5);
    expected.action = JournalAction::update_project;
    expected.filename = std::nullopt;
    EXPECT_EQ(this->catalog().events({}, 10).value(), std::vector{expected});
    EXPECT_EQ(this->catalog().state().value().checkpoint, verify::Serial{6});
}

TYPED_TEST(CatalogJournal, JournalsARemovalInPlaceOfTheNewestEvent) {
    this->write(write_history);
    this->write([](CatalogTransaction& transaction) {
        for (const auto* name : {"wheel", "bare"}) {
            EXPECT_TRUE(succeeded(transaction.put_page(
                sample::project(name), verify::PageForm::html, sample::page("x", 3)
            )));
        }
        EXPECT_TRUE(succeeded(transaction.journal_removal(sample::project("wheel"), sample::time)));
        EXPECT_TRUE(succeeded(transaction.journal_removal(sample::project("bare"), sample::time)))
            << "whose serial another event has";
        EXPECT_TRUE(succeeded(transaction.journal_removal(sample::project("stranger"), sample::time)
        ));
    });
    const auto events = this->catalog().events({}, 10).value();
    ASSERT_EQ(events.size(), 7U);
    EXPECT_EQ(events[6], sample::removed(7));
    EXPECT_EQ(events[2], sample::added(3));
}

TYPED_TEST(CatalogJournal, KeepsAsMuchHistoryAsIsAskedFor) {
    this->write(write_history);
    const auto checkpoint = [&](const HistoryBound& bound) {
        return this->catalog().checkpoint_for(bound).value().value;
    };
    EXPECT_EQ(checkpoint(std::uint64_t{0}), 7U);
    EXPECT_EQ(checkpoint(std::uint64_t{2}), 5U);
    EXPECT_EQ(checkpoint(std::uint64_t{7}), 0U);
    EXPECT_EQ(checkpoint(std::uint64_t{1'000'000}), 0U);
    EXPECT_EQ(checkpoint(sample::time), 0U) << "all are of that time";
    EXPECT_EQ(checkpoint(sample::time + std::chrono::seconds(1)), 7U);
    this->write([](CatalogTransaction& transaction) {
        auto late = sample::added(8);
        late.time = sample::time + std::chrono::hours(1);
        EXPECT_TRUE(succeeded(transaction.append_event(late)));
        auto odd = sample::added(9);
        EXPECT_TRUE(succeeded(transaction.append_event(odd)));
        EXPECT_TRUE(succeeded(transaction.set_last_serial({9})));
        EXPECT_TRUE(succeeded(transaction.condense_journal({3})));
    });
    EXPECT_EQ(checkpoint(sample::time + std::chrono::minutes(1)), 7U)
        << "an event whose clock went back is kept with those around it";
    EXPECT_EQ(checkpoint(std::uint64_t{1'000'000}), 3U) << "what is gone stays gone";
}

TYPED_TEST(CatalogJournal, KeepsTheJournalWhenAProjectGoes) {
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(
            transaction.put_page(sample::project(), verify::PageForm::html, sample::page("x", 1))
        ));
        EXPECT_TRUE(succeeded(transaction.put_file(sample::file())));
        EXPECT_TRUE(succeeded(transaction.append_event(sample::added(1))));
    });
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.remove_project(sample::project())));
        EXPECT_TRUE(succeeded(transaction.remove_project(sample::project())));
    });
    EXPECT_TRUE(this->catalog().projects().value().empty());
    EXPECT_TRUE(this->catalog().files(sample::project()).value().empty());
    EXPECT_EQ(this->catalog().events({}, 10).value().size(), 1U);
}

TYPED_TEST(CatalogJournal, RefusesAnotherEventUnderATakenSerial) {
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.append_event(sample::added(5))));
        EXPECT_TRUE(succeeded(transaction.append_event(sample::added(5))));
        expect_error(transaction.append_event(sample::removed(5)), ErrorCode::conflict, "5");
    });
    EXPECT_EQ(this->catalog().events({}, 10).value(), std::vector{sample::added(5)});
}

TYPED_TEST(CatalogJournal, RefusesAnEventWhoseMembersDoNotFit) {
    auto event = sample::added(1);
    event.filename.reset();
    const auto transaction = this->catalog().begin().value();
    expect_error(transaction->append_event(event), ErrorCode::malformed, "add-file");
}

TYPED_TEST(CatalogJournal, GivesEventsOfARangeInOrder) {
    this->write([](CatalogTransaction& transaction) {
        for (const std::uint64_t serial : {7U, 3U, 5U}) {
            EXPECT_TRUE(succeeded(transaction.append_event(sample::added(serial))));
        }
    });
    const auto serials = [&](SerialRange range, std::size_t most) {
        std::vector<std::uint64_t> found;
        const auto events = this->catalog().events(range, most).value();
        for (const auto& event : events) {
            found.push_back(event.serial.value);
        }
        return found;
    };
    EXPECT_EQ(serials({}, 10), (std::vector<std::uint64_t>{3, 5, 7}));
    EXPECT_EQ(serials({.after = {3}, .up_to = {7}}, 10), (std::vector<std::uint64_t>{5, 7}));
    EXPECT_EQ(serials({.after = {3}, .up_to = {6}}, 10), (std::vector<std::uint64_t>{5}));
    EXPECT_EQ(serials({}, 2), (std::vector<std::uint64_t>{3, 5}));
}

TYPED_TEST(CatalogJournal, NeverTakesTheLastSerialBack) {
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.set_last_serial({9})));
        EXPECT_TRUE(succeeded(transaction.set_last_serial({9})));
        expect_error(transaction.set_last_serial({8}), ErrorCode::conflict, "never go back");
    });
    EXPECT_EQ(this->catalog().state().value().last_serial, verify::Serial{9});
}

TYPED_TEST(CatalogJournal, GivesBackEventsOfReleases) {
    auto event = sample::added(3);
    event.action = JournalAction::yank_release;
    event.filename.reset();
    event.version = verify::parse_version("0.38.4").value();
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.append_event(event)));
    });
    EXPECT_EQ(this->catalog().events({}, 10).value(), std::vector{event});
}

}  // namespace
}  // namespace heliograph::mirror
