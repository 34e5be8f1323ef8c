// SPDX-License-Identifier: Apache-2.0
// Two signatures of a page during a signer's rollover, and the name that people write; on both
// catalogues.
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/store/catalog_contract.hpp>

#include <optional>
#include <string>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

template <typename Maker>
class CatalogOverlap : public CatalogContract<Maker> {};

TYPED_TEST_SUITE(CatalogOverlap, CatalogMakers);

// During a signer's rollover each page has two signatures, which change places all at once.
TYPED_TEST(CatalogOverlap, KeepsASecondSignatureUntilTheOverlapEnds) {
    const auto html = verify::PageForm::html;
    const auto first_key = pki::sha256(bytes_of("first"));
    const auto next_key = pki::sha256(bytes_of("next"));
    auto& catalog = this->catalog();
    const auto first = [&] {
        return std::string(text_of(catalog.page(sample::project(), html).value().signature));
    };
    const auto other = [&]() -> std::string {
        const auto found = catalog.other_signature(sample::project(), html).value();
        return found ? std::string(text_of(*found)) : "none";
    };
    auto page = sample::page("x", 1);
    page.signature = to_bytes("by first");
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(change.put_page(sample::project(), html, page)));
    });
    EXPECT_EQ(catalog.other_key().value(), std::nullopt);
    EXPECT_EQ(other(), "none");
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(change.begin_overlap(next_key)));
    });
    EXPECT_EQ(catalog.other_key().value(), next_key);
    EXPECT_EQ(catalog.count_without_other_signature().value(), 1U);
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(
            succeeded(change.put_other_signature(sample::project(), html, bytes_of("by next")))
        );
        expect_error(
            change.put_other_signature(sample::project(), verify::PageForm::json, bytes_of("x")),
            ErrorCode::not_found
        );
        EXPECT_TRUE(succeeded(change.begin_overlap(next_key))) << "the same again keeps it";
    });
    EXPECT_EQ(catalog.count_without_other_signature().value(), 0U);
    EXPECT_EQ(first(), "by first");
    EXPECT_EQ(other(), "by next");
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(change.switch_signatures(first_key)));
    });
    EXPECT_EQ(catalog.other_key().value(), first_key);
    EXPECT_EQ(first(), "by next");
    EXPECT_EQ(other(), "by first");
    page.signature = to_bytes("by next, again");
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(change.put_page(sample::project(), html, page)));
    });
    EXPECT_EQ(first(), "by next, again");
    EXPECT_EQ(other(), "none") << "it was over other bytes";
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(
            succeeded(change.put_other_signature(sample::project(), html, bytes_of("by first")))
        );
        EXPECT_TRUE(succeeded(change.put_signature(sample::project(), html, bytes_of("newest"))));
    });
    EXPECT_EQ(first(), "newest");
    EXPECT_EQ(other(), "by first");
    this->write([&](CatalogTransaction& change) { EXPECT_TRUE(succeeded(change.end_overlap())); });
    EXPECT_EQ(catalog.other_key().value(), std::nullopt);
    EXPECT_EQ(first(), "newest");
    EXPECT_EQ(other(), "none");
}

TYPED_TEST(CatalogOverlap, DropsSecondSignaturesForThoseOfAnotherKey) {
    const auto html = verify::PageForm::html;
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(change.put_page(sample::project(), html, sample::page("x", 1))));
        EXPECT_TRUE(succeeded(change.begin_overlap(pki::sha256(bytes_of("next")))));
        EXPECT_TRUE(succeeded(change.put_other_signature(sample::project(), html, bytes_of("n"))));
    });
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(change.begin_overlap(pki::sha256(bytes_of("third")))));
    });
    EXPECT_EQ(this->catalog().other_key().value(), pki::sha256(bytes_of("third")));
    EXPECT_FALSE(this->catalog().other_signature(sample::project(), html).value());
}

TYPED_TEST(CatalogOverlap, KeepsWhatPeopleAreToldOfAFile) {
    auto record = sample::file();
    record.about = "Summary: a demo";
    this->write([&](CatalogTransaction& change) { EXPECT_TRUE(succeeded(change.put_file(record))); }
    );
    EXPECT_EQ(this->catalog().file_named(record.path.name()).value(), record);
    record.about.reset();
    this->write([&](CatalogTransaction& change) { EXPECT_TRUE(succeeded(change.put_file(record))); }
    );
    EXPECT_EQ(this->catalog().file(record.path).value(), record);
}

TYPED_TEST(CatalogOverlap, KnowsHowPeopleWriteAName) {
    auto& catalog = this->catalog();
    const auto shown = [&] { return catalog.display_name(sample::project()).value(); };
    EXPECT_EQ(shown(), sample::project().text());
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(
            change.put_page(sample::project(), verify::PageForm::html, sample::page("x", 1))
        ));
    });
    EXPECT_EQ(shown(), sample::project().text());
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(change.put_display_name(sample::project(), "WHEEL")));
    });
    EXPECT_EQ(shown(), "WHEEL");
    EXPECT_EQ(catalog.projects_since(0, 10).value().back().display_name, "WHEEL");
    this->write([&](CatalogTransaction& change) {
        EXPECT_TRUE(succeeded(
            change.put_page(sample::project(), verify::PageForm::html, sample::page("y", 2))
        ));
        EXPECT_TRUE(succeeded(change.remove_project(sample::project())));
    });
    EXPECT_EQ(shown(), "WHEEL") << "a tombstone has it too";
}

}  // namespace
}  // namespace heliograph::mirror
