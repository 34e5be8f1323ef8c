// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/publisher.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>

#include <algorithm>

namespace heliograph::mirror {
namespace {

// An index that offers a file's core metadata promises that its build will have these (PEP 658).
class MetadataPromiseTest : public ::testing::Test {
  protected:
    std::filesystem::path sdist(const std::string& version, const std::string& head) {
        const std::string top = "demo-" + version;
        const auto path = m_folder / (top + ".tar.gz");
        test_support::write_tar_gz(
            path,
            {{top + "/PKG-INFO", "Metadata-Version: " + head + "Name: demo\nVersion: " + version},
             {top + "/setup.py", "import setuptools\n"}}
        );
        return path;
    }

    verify::ProjectPage page(verify::PageForm form = verify::PageForm::json) {
        const auto stored = master.catalog.page(m_project, form).value();
        return verify::parse_page(text_of(stored.body), form).value();
    }

    // What the pages offer, which must be what is served.
    bool offers(const std::string& version) {
        const auto name = verify::parse_dist_file_name("demo-" + version + ".tar.gz").value();
        const auto json = page();
        const auto html = page(verify::PageForm::html);
        const auto record = master.catalog.file_named(name).value();
        const auto& offered = json.find(name)->core_metadata;
        EXPECT_EQ(html.find(name)->core_metadata, offered);
        EXPECT_EQ(record.metadata ? std::optional(record.metadata->digest) : std::nullopt, offered);
        return offered.has_value();
    }

    // The page as it was published before the rule: it offers the metadata of every file.
    void offer_all() {
        const std::string text = "Metadata-Version: 2.1\nName: demo\nVersion: 0\n";
        const auto blob = master.blobs.begin().value();
        EXPECT_TRUE(blob->write(bytes_of(text)));
        const auto digest = blob->commit().value();
        auto before = page();
        const auto transaction = master.catalog.begin().value();
        for (auto& file : before.files) {
            if (!file.core_metadata) {
                file.core_metadata = digest;
                auto record = master.catalog.file_named(file.name).value();
                record.metadata = MetadataRecord{.digest = digest, .size_bytes = text.size()};
                record.about.reset();
                EXPECT_TRUE(transaction->put_file(record));
            }
        }
        for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
            auto stored = master.catalog.page(m_project, form).value();
            stored.body = to_bytes(verify::render_page(before, form));
            stored.digest = pki::sha256(stored.body);
            EXPECT_TRUE(transaction->put_page(m_project, form, stored));
        }
        EXPECT_TRUE(transaction->commit());
    }

    AddedFile add(const std::filesystem::path& path) {
        return master.publisher().add({path}).value().front();
    }

    TestMaster master;

  private:
    test::TempFolder m_folder;
    verify::ProjectName m_project = verify::parse_project_name("demo").value();
};

TEST_F(MetadataPromiseTest, IsMadeForASourceArchiveOnlyWhereItBindsItsBuild) {
    add(sdist("1.0", "2.1\n"));
    add(sdist("1.1", "2.2\nDynamic: Requires-Dist\n"));
    add(sdist("1.2", "2.4\nDynamic: license-file\n"));
    EXPECT_FALSE(offers("1.0"));
    EXPECT_FALSE(offers("1.1"));
    EXPECT_TRUE(offers("1.2"));
}

// Not for installers, but for people.
TEST_F(MetadataPromiseTest, ThatIsNotMadeLeavesTheHeaderForPeople) {
    add(sdist("1.0", "2.1\nSummary: a demo\n"));
    add(sdist("1.2", "2.4\nSummary: a demo\n"));
    const auto about = [&](const std::string& file) {
        return master.catalog.file_named(verify::parse_dist_file_name(file).value()).value().about;
    };
    EXPECT_EQ(
        about("demo-1.0.tar.gz"), "Metadata-Version: 2.1\nSummary: a demo\nName: demo\nVersion: 1.0"
    );
    EXPECT_EQ(about("demo-1.2.tar.gz"), std::nullopt) << "its metadata are offered";
    add(sdist("1.3", "2.1\nKeywords: " + std::string(20'000, 'x') + "\n"));
    EXPECT_EQ(about("demo-1.3.tar.gz"), std::nullopt) << "longer than people write";
}

TEST_F(MetadataPromiseTest, IsMadeForEveryWheel) {
    const auto wheel = master.add("demo", "1.0");
    EXPECT_EQ(page().files[0].core_metadata, wheel.record.metadata->digest);
}

TEST_F(MetadataPromiseTest, OfFormerTimesIsTakenBackWithTheNextFile) {
    add(sdist("1.0", "2.1\n"));
    add(sdist("1.1", "2.2\n"));
    offer_all();
    ASSERT_TRUE(offers("1.0"));
    master.add("demo", "2.0");
    EXPECT_FALSE(offers("1.0"));
    EXPECT_TRUE(offers("1.1"));
    const auto name = verify::parse_dist_file_name("demo-1.0.tar.gz").value();
    EXPECT_EQ(
        master.catalog.file_named(name).value().about,
        "Metadata-Version: 2.1\nName: demo\nVersion: 0\n"
    ) << "what people read of it stays";
}

TEST_F(MetadataPromiseTest, OfFormerTimesIsTakenBackWhenTheFileComesAgain) {
    const auto file = sdist("1.0", "2.1\n");
    const auto first = add(file);
    offer_all();
    const auto again = add(file);
    EXPECT_EQ(again.outcome, AddedFile::Outcome::same);
    EXPECT_GT(again.serial, first.serial) << "mirrors must hear of it";
    EXPECT_EQ(page().serial, again.serial);
    EXPECT_FALSE(offers("1.0"));
    EXPECT_EQ(add(file).serial, again.serial) << "once";
}

TEST_F(MetadataPromiseTest, OfAClosedProjectStays) {
    const auto file = sdist("1.0", "2.1\n");
    add(file);
    offer_all();
    const verify::ProjectName demo = verify::parse_project_name("demo").value();
    ASSERT_TRUE(
        master.publisher().set_status(demo, verify::ProjectStatus::quarantined, std::nullopt)
    );
    const auto again = master.publisher().add({file});
    ASSERT_TRUE(again) << again.error().describe();
    EXPECT_EQ(again->front().outcome, AddedFile::Outcome::same);
}

}  // namespace
}  // namespace heliograph::mirror
