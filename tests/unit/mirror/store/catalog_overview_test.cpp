// SPDX-License-Identifier: Apache-2.0
// What a catalogue tells of one project's past and of many projects at once; on both.
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/store/catalog_contract.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

template <typename Maker>
class CatalogOverview : public CatalogContract<Maker> {};

TYPED_TEST_SUITE(CatalogOverview, CatalogMakers);

TYPED_TEST(CatalogOverview, TellsTheNewestEventsOfOneProject) {
    this->write([](CatalogTransaction& transaction) {
        for (const auto& event :
             {sample::created(1),
              sample::added(2),
              sample::created(3, "other"),
              sample::unyanked(4, "it was the driver"),
              sample::unyanked(9, "of a run that has not ended")}) {
            EXPECT_TRUE(succeeded(transaction.append_event(event)));
        }
        EXPECT_TRUE(succeeded(transaction.set_last_serial({4})));
    });
    const std::vector newest{sample::unyanked(4, "it was the driver"), sample::added(2)};
    EXPECT_EQ(this->catalog().newest_events(sample::project(), 2).value(), newest);
    EXPECT_EQ(this->catalog().newest_events(sample::project(), 100).value().size(), 3U);
    EXPECT_TRUE(this->catalog().newest_events(sample::project("none"), 100).value().empty());
}

TYPED_TEST(CatalogOverview, GivesTheDigestsOfARunOfProjects) {
    const auto names = {"alpha", "beta", "gamma", "omega"};
    this->write([&](CatalogTransaction& transaction) {
        for (const std::string name : names) {
            for (const auto form : {verify::PageForm::json, verify::PageForm::html}) {
                const auto body = name + (form == verify::PageForm::html ? " html" : " json");
                EXPECT_TRUE(succeeded(
                    transaction.put_page(sample::project(name), form, sample::page(body, 1))
                ));
            }
        }
        EXPECT_TRUE(succeeded(transaction.put_page(
            sample::project("half"), verify::PageForm::json, sample::page("x", 1)
        )));
    });
    const auto run_of = [](const std::vector<std::string>& wanted) {
        std::vector<verify::RootEntry> run;
        for (const auto& name : wanted) {
            run.push_back({.name = sample::project(name), .serial = {1}});
        }
        return run;
    };
    const auto digests = this->catalog().page_digests(run_of({"beta", "gamma"})).value();
    ASSERT_EQ(digests.size(), 2U);
    EXPECT_EQ(digests[0].html, pki::sha256(bytes_of("beta html")));
    EXPECT_EQ(digests[1].json, pki::sha256(bytes_of("gamma json")));
    EXPECT_TRUE(this->catalog().page_digests({}).value().empty());
    expect_error(
        this->catalog().page_digests(run_of({"gamma", "half"})), ErrorCode::not_found, "half"
    );
    expect_error(this->catalog().page_digests(run_of({"zeta"})), ErrorCode::not_found, "zeta");
}

}  // namespace
}  // namespace heliograph::mirror
