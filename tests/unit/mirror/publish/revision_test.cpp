// SPDX-License-Identifier: Apache-2.0
// Changes of what is published: yanks, statuses, provenance, removals.
#include <mirror/publish/publisher.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <tests/unit/verify/attest/statement.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;
using verify::ProjectStatus;

class RevisionTest : public ::testing::Test {
  protected:
    static verify::ProjectName project(std::string_view name) {
        return verify::parse_normalised_name(name).value();
    }

    static ReleaseName release(std::string_view name, std::string_view version) {
        return {project(name), verify::parse_version(version).value()};
    }

    verify::ProjectPage page(
        std::string_view name, verify::PageForm form = verify::PageForm::json
    ) {
        const auto stored = master.catalog.page(project(name), form).value();
        return verify::parse_page(text_of(stored.body), form).value();
    }

    JournalEvent last_event() const { return master.catalog.events({}, 1000).value().back(); }

    TestMaster master;
};

TEST_F(RevisionTest, YanksAReleaseAndTakesItBack) {
    master.add("demo", "1.0");
    master.add("demo", "2.0");
    const auto yanked = master.publisher().yank(release("demo", "1.0"), "broken");
    ASSERT_TRUE(succeeded(yanked));
    EXPECT_EQ(yanked->effect, Revision::Effect::changed);
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        EXPECT_EQ(page("demo", form).files[0].yanked, "broken");
        EXPECT_FALSE(page("demo", form).files[1].yanked);
    }
    EXPECT_EQ(last_event().action, JournalAction::yank_release);
    EXPECT_EQ(last_event().version, verify::parse_version("1.0").value());
    EXPECT_EQ(
        master.publisher().yank(release("demo", "1.0"), "broken")->effect, Revision::Effect::same
    );
    EXPECT_EQ(last_event().reason, "broken");
    ASSERT_TRUE(succeeded(master.publisher().unyank(release("demo", "1.0"), "it was the driver")));
    EXPECT_FALSE(page("demo").files[0].yanked);
    EXPECT_EQ(last_event().action, JournalAction::unyank_release);
    EXPECT_EQ(last_event().reason, "it was the driver") << "which no page says";
}

TEST_F(RevisionTest, KeepsTheReasonThatWasGivenBefore) {
    master.add("demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().yank(release("demo", "1.0"), "broken")));
    EXPECT_EQ(
        master.publisher().yank(release("demo", "1.0"), std::nullopt)->effect,
        Revision::Effect::same
    );
    EXPECT_EQ(page("demo").files[0].yanked, "broken");
    ASSERT_TRUE(succeeded(master.publisher().yank(release("demo", "1.0"), "")));
    EXPECT_EQ(page("demo").files[0].yanked, "") << "an empty one was asked for";
    const auto set = [&](ProjectStatus status, const std::optional<std::string>& reason) {
        return master.publisher().set_status(project("demo"), status, reason).value().effect;
    };
    EXPECT_EQ(set(ProjectStatus::archived, "moved"), Revision::Effect::changed);
    EXPECT_EQ(set(ProjectStatus::archived, std::nullopt), Revision::Effect::same);
    EXPECT_EQ(page("demo").mark.reason, "moved");
    EXPECT_EQ(set(ProjectStatus::deprecated, std::nullopt), Revision::Effect::changed);
    EXPECT_EQ(page("demo").mark.reason, "") << "that of another status says nothing of this one";
}

TEST_F(RevisionTest, YanksOneFile) {
    const auto name = master.add("demo", "1.0").record.path.name();
    ASSERT_TRUE(succeeded(master.publisher().yank(name, "")));
    EXPECT_EQ(page("demo").files[0].yanked, "");
    EXPECT_EQ(last_event().action, JournalAction::yank_file);
    EXPECT_EQ(last_event().filename, name);
    expect_error(master.publisher().yank(release("demo", "9"), ""), ErrorCode::not_found);
    expect_error(master.publisher().yank(release("none", "1"), ""), ErrorCode::not_found);
    expect_error(
        master.publisher().yank(name, "two\nlines"), ErrorCode::invalid_argument, "control"
    );
    expect_error(
        master.publisher().yank(name, std::string(5000, 'x')), ErrorCode::invalid_argument
    );
}

TEST_F(RevisionTest, AFileThatJoinsAYankedReleaseIsYankedWithIt) {
    master.add("demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().yank(release("demo", "1.0"), "broken")));
    const auto place = master.write("demo", "1.0").parent_path();
    const auto sdist = test_support::write_sdist(place, {.name = "demo", .version = "1.0"});
    ASSERT_TRUE(succeeded(master.publisher().add({sdist})));
    EXPECT_EQ(page("demo").files[1].yanked, "broken");
}

TEST_F(RevisionTest, AnArchivedProjectOffersItsFilesAndTakesNone) {
    master.add("demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        project("demo"), {.status = ProjectStatus::archived, .reason = "moved"}
    )));
    EXPECT_EQ(page("demo").mark.reason, "moved");
    EXPECT_EQ(page("demo").files.size(), 1U);
    EXPECT_EQ(last_event().action, JournalAction::change_status);
    expect_error(
        master.publisher().add({master.write("demo", "2.0")}), ErrorCode::refused, "archived"
    );
    EXPECT_EQ(master.add("demo", "1.0").outcome, AddedFile::Outcome::same);
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        project("demo"), {.status = ProjectStatus::deprecated, .reason = ""}
    )));
    EXPECT_EQ(master.add("demo", "2.0").outcome, AddedFile::Outcome::published);
    expect_error(master.publisher().set_status(project("none"), {}), ErrorCode::not_found);
}

TEST_F(RevisionTest, AQuarantinedProjectOffersNothingUntilItIsCleared) {
    const auto added = master.add("demo", "1.0");
    const auto before = page("demo");
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        project("demo"), {.status = ProjectStatus::quarantined, .reason = "malware"}
    )));
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        EXPECT_TRUE(page("demo", form).files.empty());
        EXPECT_EQ(page("demo", form).mark.status, ProjectStatus::quarantined);
    }
    EXPECT_EQ(last_event().action, JournalAction::quarantine_project);
    expect_error(master.catalog.file(added.record.path), ErrorCode::not_found);
    EXPECT_TRUE(succeeded(master.blobs.open(added.record.path.digest()))) << "it is kept";
    expect_error(
        master.publisher().add({master.write("demo", "2.0")}), ErrorCode::refused, "quarantined"
    );
    ASSERT_TRUE(succeeded(master.publisher().yank(release("demo", "1.0"), "bad")));
    EXPECT_TRUE(page("demo").files.empty()) << "a yank does not offer it again";
    ASSERT_TRUE(succeeded(master.publisher().set_status(project("demo"), {})));
    EXPECT_EQ(last_event().action, JournalAction::clear_quarantine);
    auto after = before;
    after.files[0].yanked = "bad";
    EXPECT_EQ(page("demo").files, after.files);
    EXPECT_TRUE(succeeded(master.catalog.file(added.record.path)));
}

TEST_F(RevisionTest, RemovesFilesOfAQuarantinedProject) {
    const auto added = master.add("demo", "1.0");
    master.add("demo", "2.0");
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        project("demo"), {.status = ProjectStatus::quarantined, .reason = ""}
    )));
    ASSERT_TRUE(succeeded(master.publisher().remove_file(added.record.path.name())));
    expect_error(master.blobs.open(added.record.path.digest()), ErrorCode::not_found);
    ASSERT_TRUE(succeeded(master.publisher().set_status(project("demo"), {})));
    ASSERT_EQ(page("demo").files.size(), 1U);
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        project("demo"), {.status = ProjectStatus::quarantined, .reason = ""}
    )));
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    EXPECT_TRUE(master.blobs.list().value().empty());
    EXPECT_FALSE(master.catalog.shelf(project("demo")).value());
}

TEST_F(RevisionTest, RemovesAReleaseAsOneEvent) {
    master.add("demo", "1.0");
    const auto place = master.write("demo", "1.0").parent_path();
    const auto sdist = test_support::write_sdist(place, {.name = "demo", .version = "1.0"});
    ASSERT_TRUE(succeeded(master.publisher().add({sdist})));
    master.add("demo", "2.0");
    ASSERT_TRUE(succeeded(master.publisher().remove_release(release("demo", "1.0"))));
    EXPECT_EQ(page("demo").files.size(), 1U);
    EXPECT_EQ(last_event().action, JournalAction::remove_release);
    EXPECT_EQ(master.blobs.list().value().size(), 2U);
    expect_error(
        master.publisher().remove_release(release("demo", "1.0")), ErrorCode::not_found, "demo 1.0"
    );
}

TEST_F(RevisionTest, NeverLetsARemovedNameStandForOtherContent) {
    const auto added = master.add("demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    expect_error(
        master.publisher().add({master.write("demo", "1.0", "import evil\n")}),
        ErrorCode::exists,
        "never used again"
    );
    EXPECT_EQ(master.add("demo", "1.0").record.path, added.record.path)
        << "the same content may come back";
}

TEST_F(RevisionTest, NeverLetsARemovedNameStandForOtherContentInAnotherSpelling) {
    const auto added = master.add("my-demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().remove_file(added.record.path.name())));
    const auto in_other_spelling = [](const fs::path& file) {
        const auto place = file.parent_path() / "My.Demo-1.0.0-PY3-none-any.whl";
        fs::rename(file, place);
        return place;
    };
    expect_error(
        master.publisher().add({in_other_spelling(master.write("my-demo", "1.0", "evil\n"))}),
        ErrorCode::exists,
        "my_demo-1.0-py3-none-any.whl, the same to installers, had before its removal"
    );
    EXPECT_TRUE(succeeded(master.publisher().add({in_other_spelling(master.write("my-demo", "1.0"))}
    ))) << "the same content may come back";
}

TEST_F(RevisionTest, AttachesProvenanceToTheFileItSpeaksOf) {
    const auto added = master.add("demo", "1.0");
    const auto& name = added.record.path.name();
    const auto document = verify::test_attest::provenance_of(
        {.name = name.text(), .sha256 = added.record.path.digest().to_hex()}
    );
    const auto attested = master.publisher().attest(name, document);
    ASSERT_TRUE(succeeded(attested));
    ASSERT_TRUE(attested->revision) << attested->verdict.describe();
    const auto digest = pki::sha256(bytes_of(document));
    EXPECT_EQ(page("demo").files[0].provenance, digest);
    EXPECT_EQ(page("demo", verify::PageForm::html).files[0].provenance, digest);
    EXPECT_EQ(text_of(read_blob(master.blobs, digest, 100'000).value()), document);
    EXPECT_EQ(last_event().action, JournalAction::attest_file);
    EXPECT_EQ(master.publisher().attest(name, document)->revision->effect, Revision::Effect::same);
    const auto foreign = master.publisher().attest(
        name, verify::test_attest::provenance_of({.name = name.text(), .sha256 = digest.to_hex()})
    );
    ASSERT_TRUE(succeeded(foreign));
    EXPECT_FALSE(foreign->revision);
    EXPECT_NE(foreign->verdict.find("attestation-subject-digest"), nullptr);
    expect_error(master.publisher().attest(name, "{}"), ErrorCode::malformed);
}

// A record without its entry on the page, as a damaged disk or a foreign hand leaves it.
TEST_F(RevisionTest, RefusesProvenanceOfAFileThatThePageLost) {
    const auto added = master.add("demo", "1.0");
    const auto& name = added.record.path.name();
    auto lost = page("demo");
    lost.files.clear();
    const auto body = to_bytes(verify::render_page(lost, verify::PageForm::json));
    const auto transaction = master.catalog.begin().value();
    ASSERT_TRUE(succeeded(transaction->put_page(
        project("demo"),
        verify::PageForm::json,
        {.body = body, .digest = pki::sha256(body), .signature = {}, .serial = lost.serial}
    )));
    ASSERT_TRUE(succeeded(transaction->commit()));
    const auto document = verify::test_attest::provenance_of(
        {.name = name.text(), .sha256 = added.record.path.digest().to_hex()}
    );
    expect_error(
        master.publisher().attest(name, document), ErrorCode::malformed, "restore the folder"
    );
    EXPECT_FALSE(master.blobs.open(pki::sha256(bytes_of(document))).has_value());
}

}  // namespace
}  // namespace heliograph::mirror
