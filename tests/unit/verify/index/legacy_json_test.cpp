// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/verify/index/sample_page.hpp>
#include <verify/index/legacy_json.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

namespace heliograph::verify {
namespace {

constexpr std::string_view metadata =
    "Metadata-Version: 2.1\nName: Demo\nVersion: 1.10\nSummary: A demo\n"
    "Classifier: A\nClassifier: B\nRequires-Dist: one\n (>=1)\nProject-URL: Home, "
    "https://h.example\n"
    "License: line one\n        line two\n\nThe long\ndescription.\n";

JsonValue rendered(LegacyScope scope, const std::optional<Version>& version = std::nullopt) {
    const ProjectPage page = test_pages::sample_page();
    const PageFile* subject = legacy_subject(page, version);
    EXPECT_NE(subject, nullptr);
    const auto text = render_legacy_json(page, *subject, metadata, scope);
    EXPECT_TRUE(test::succeeded(text));
    return parse_json(*text, {}).value();
}

TEST(LegacyJson, SpeaksOfTheNewestReleaseThatIsNotYanked) {
    const ProjectPage page = test_pages::sample_page();
    EXPECT_EQ(legacy_subject(page, std::nullopt)->name.text(), "demo-1.10-py3-none-any.whl");
    EXPECT_EQ(
        legacy_subject(page, parse_version("1.9").value())->name.text(), "demo-1.9-py3-none-any.whl"
    ) << "the wheel before the source archive";
    EXPECT_EQ(legacy_subject(page, parse_version("3").value()), nullptr);
}

TEST(LegacyJson, PrefersFinalReleases) {
    ProjectPage page{.name = parse_normalised_name("demo").value(), .serial = {1}, .files = {}};
    add_file(page, test_pages::sample_file("demo-1.0.tar.gz"));
    add_file(page, test_pages::sample_file("demo-2.0rc1.tar.gz"));
    EXPECT_EQ(legacy_subject(page, std::nullopt)->name.text(), "demo-1.0.tar.gz");
}

TEST(LegacyJson, HasWhatMirroringToolsRead) {
    const auto document = rendered(LegacyScope::project);
    EXPECT_EQ(document.integer_member("last_serial").value(), 42);
    const auto* info = document.find("info");
    EXPECT_EQ(info->text_member("name").value(), "Demo");
    EXPECT_EQ(info->text_member("version").value(), "1.10");
    EXPECT_EQ(info->text_member("summary").value(), "A demo");
    EXPECT_EQ(info->text_member("license").value(), "line one line two");
    EXPECT_EQ(info->text_member("description").value(), "The long\ndescription.\n");
    EXPECT_EQ(info->array_member("classifiers").value()->size(), 2U);
    EXPECT_EQ(*info->array_member("requires_dist").value()->front().if_text(), "one (>=1)");
    EXPECT_EQ(info->find("project_urls")->text_member("Home").value(), "https://h.example");
    const auto releases = document.object_member("releases").value();
    ASSERT_EQ(releases->size(), 2U);
    EXPECT_EQ(releases->front().first, "1.9");
    const auto& file = releases->back().second.if_array()->front();
    EXPECT_EQ(file.text_member("packagetype").value(), "bdist_wheel");
    EXPECT_EQ(file.text_member("python_version").value(), "py3");
    EXPECT_EQ(file.text_member("upload_time").value(), "2026-01-02T03:04:05");
    EXPECT_TRUE(file.text_member("url").value().starts_with("/packages/"));
    EXPECT_EQ(
        file.find("digests")->text_member("sha256").value(),
        pki::sha256(bytes_of("demo-1.10-py3-none-any.whl")).to_hex()
    );
    EXPECT_EQ(document.array_member("urls").value()->size(), 1U);
}

TEST(LegacyJson, OfAReleaseHasNoOthers) {
    const auto document = rendered(LegacyScope::release, parse_version("1.9").value());
    EXPECT_EQ(document.find("releases"), nullptr);
    EXPECT_EQ(document.array_member("urls").value()->size(), 2U);
    EXPECT_TRUE(*document.find("info")->find("yanked")->if_boolean());
}

// Old mirrors may hold metadata that intake would refuse today.
TEST(LegacyJson, ReadsAsManyFieldsAsIntakeTakes) {
    const ProjectPage page = test_pages::sample_page();
    const PageFile* subject = legacy_subject(page, std::nullopt);
    std::string text = "Project-URL: Home, first\nProject-URL: Home, second\n";
    for (std::size_t i = 2; i < limits::core_metadata_fields; ++i) {
        text += "Project-URL: " + std::to_string(i) + ", u\n";
    }
    const auto document = render_legacy_json(page, *subject, text, LegacyScope::project);
    ASSERT_TRUE(test::succeeded(document));
    const auto json = parse_json(*document, {}).value();
    const auto* urls = json.find("info")->find("project_urls");
    EXPECT_EQ(urls->if_object()->size(), limits::core_metadata_fields - 1);
    EXPECT_EQ(urls->text_member("Home").value(), "first");
    test::expect_error(
        render_legacy_json(page, *subject, text + "X: y\n", LegacyScope::project),
        ErrorCode::too_large,
        "fields"
    );
}

}  // namespace
}  // namespace heliograph::verify
