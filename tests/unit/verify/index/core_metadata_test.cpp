// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/index/core_metadata.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using test::expect_error;

TEST(CoreMetadata, ReadsTheFieldsAnIndexNeeds) {
    const auto metadata = parse_core_metadata(
        "Metadata-Version: 2.1\r\nName: Foo.Bar\nVersion: 1.0\nSummary: x\n  folded: Name: "
        "y\nrequires-python: >=3.7\n\nName: body\n"
    );
    ASSERT_TRUE(test::succeeded(metadata));
    EXPECT_EQ(metadata->metadata_version, "2.1");
    EXPECT_EQ(metadata->name.text(), "foo-bar");
    EXPECT_EQ(metadata->version.text(), "1.0");
    EXPECT_EQ(metadata->requires_python, ">=3.7");
}

TEST(CoreMetadata, FoldedFieldsAreJoined) {
    const auto metadata = parse_core_metadata(
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Python: >=3.7,\n    <4\n"
    );
    ASSERT_TRUE(test::succeeded(metadata));
    EXPECT_EQ(metadata->requires_python, ">=3.7, <4");
}

TEST(CoreMetadata, RequiresPythonMayBeAbsent) {
    EXPECT_FALSE(
        parse_core_metadata("Metadata-Version: 1.0\nName: a\nVersion: 1\n")->requires_python
    );
}

TEST(CoreMetadata, RefusesMissingAndRepeatedFields) {
    expect_error(parse_core_metadata(""), ErrorCode::malformed);
    expect_error(
        parse_core_metadata("Metadata-Version: 2.1\nName: a\n\nVersion: 1\n"), ErrorCode::malformed
    );
    expect_error(
        parse_core_metadata("Metadata-Version: 2.1\nName: a\nName: b\nVersion: 1\n"),
        ErrorCode::malformed,
        "once"
    );
    expect_error(
        parse_core_metadata("Metadata-Version: 2.1\nName: a\nnonsense\nVersion: 1\n"),
        ErrorCode::malformed
    );
}

TEST(CoreMetadata, RefusesHostileValues) {
    expect_error(
        parse_core_metadata("Metadata-Version: 2.1\nName: ../x\nVersion: 1\n"), ErrorCode::malformed
    );
    expect_error(
        parse_core_metadata("Metadata-Version: 2.1\nName: a\nVersion: 1/2\n"), ErrorCode::malformed
    );
    expect_error(
        parse_core_metadata("Metadata-Version: x\nName: a\nVersion: 1\n"), ErrorCode::malformed
    );
    expect_error(
        parse_core_metadata("Metadata-Version: 3.0\nName: a\nVersion: 1\n"), ErrorCode::malformed
    );
    expect_error(
        parse_core_metadata("Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Python: >=3\x01\n"
        ),
        ErrorCode::malformed
    );
    expect_error(
        parse_core_metadata(std::string(limits::core_metadata_bytes + 1, 'x')), ErrorCode::too_large
    );
}

TEST(CoreMetadata, KeepsSpecifiersThatOldPackagesHave) {
    EXPECT_EQ(
        parse_core_metadata("Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Python: >=3.5.*\n"
        )
            ->requires_python,
        ">=3.5.*"
    );
}

TEST(CoreMetadata, RefusesMoreFieldsThanAnyProjectHas) {
    std::string text = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";
    for (std::size_t i = 3; i < limits::core_metadata_fields; ++i) {
        text += "Project-URL: " + std::to_string(i) + ", u\n";
    }
    EXPECT_TRUE(test::succeeded(parse_core_metadata(text + " folded\n\n" + text)));
    expect_error(parse_core_metadata(text + "X: y\n"), ErrorCode::too_large, "20000 fields");
}

}  // namespace
}  // namespace heliograph::verify
