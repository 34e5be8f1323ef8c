// SPDX-License-Identifier: Apache-2.0
#include <verify/index/dependency_metadata.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

DistFileName wheel() {
    return parse_dist_file_name("demo-1.0-py3-none-any.whl").value();
}

DistFileName source() {
    return parse_dist_file_name("demo-1.0.tar.gz").value();
}

std::string head(const std::string& version) {
    return "Metadata-Version: " + version + "\nName: demo\nVersion: 1.0\n";
}

TEST(DependencyMetadata, KeepsLinesInTheirOrderAsTheyWereWritten) {
    const auto metadata = parse_dependency_metadata(
        head("2.1") +
            "Provides-Extra: test\nrequires-dist:  b>=1 \nRequires-Dist: a;\n"
            "  extra == 'test'\n\nRequires-Dist: text\n",
        wheel()
    );
    ASSERT_TRUE(metadata.has_value()) << metadata.error().describe();
    EXPECT_THAT(metadata->requires_dist, ElementsAre("b>=1", "a; extra == 'test'"));
    EXPECT_THAT(metadata->extras, ElementsAre("test"));
    EXPECT_EQ(metadata->standing, DependencyStanding::stated);
}

TEST(DependencyMetadata, BelongsToItsFile) {
    const auto other = parse_dist_file_name("other-1.0-py3-none-any.whl").value();
    const auto later = parse_dist_file_name("demo-1.1-py3-none-any.whl").value();
    EXPECT_EQ(parse_dependency_metadata(head("2.1"), other).error().code(), ErrorCode::malformed);
    EXPECT_EQ(parse_dependency_metadata(head("2.1"), later).error().code(), ErrorCode::malformed);
}

TEST(DependencyMetadata, OfASourceArchiveBindsItsBuildOnlyWhereItSaysSo) {
    const auto standing = [](const std::string& text, const DistFileName& file) {
        return parse_dependency_metadata(text, file).value().standing;
    };
    EXPECT_EQ(standing(head("2.1"), source()), DependencyStanding::decided_by_build);
    EXPECT_EQ(standing(head("1.2"), source()), DependencyStanding::decided_by_build);
    EXPECT_EQ(standing(head("2.2"), source()), DependencyStanding::stated);
    const std::string dynamic = head("2.2") + "Dynamic: REQUIRES-dist\n";
    EXPECT_EQ(standing(dynamic, source()), DependencyStanding::decided_by_build);
    EXPECT_EQ(standing(dynamic, wheel()), DependencyStanding::stated);
    EXPECT_EQ(standing(head("2.2") + "Dynamic: License\n", source()), DependencyStanding::stated);
}

TEST(DependencyMetadata, IsOfferedWhereNothingThatIsDecidedUponIsLeftToTheBuild) {
    const auto standing = [](const std::string& text, const DistFileName& file) {
        return standing_of_metadata(text, file.kind()).value();
    };
    for (const char* version : {"1.0", "1.2", "2.0", "2.1"}) {
        EXPECT_EQ(standing(head(version), source()), DependencyStanding::decided_by_build);
        EXPECT_EQ(standing(head(version), wheel()), DependencyStanding::stated) << version;
    }
    for (const char* version : {"2.2", "2.4"}) {
        EXPECT_EQ(standing(head(version), source()), DependencyStanding::stated) << version;
        for (const char* field : {"requires-dist", "Requires-Python", "PROVIDES-EXTRA"}) {
            const auto text = head(version) + "Dynamic: license-file\nDynamic: " + field + "\n";
            EXPECT_EQ(standing(text, source()), DependencyStanding::decided_by_build) << field;
            EXPECT_EQ(standing(text, wheel()), DependencyStanding::stated) << field;
        }
        const auto other = head(version) + "Dynamic: license-file\n\nDynamic: Requires-Dist\n";
        EXPECT_EQ(standing(other, source()), DependencyStanding::stated) << "a description";
    }
}

TEST(DependencyMetadata, BoundsWhatItTakes) {
    const std::string lines(dependency_chars + 1, 'a');
    EXPECT_EQ(
        parse_dependency_metadata(head("2.1") + "Requires-Dist: " + lines + "\n", wheel())
            .error()
            .code(),
        ErrorCode::too_large
    );
    const auto others =
        parse_dependency_metadata(head("2.1") + "Keywords: " + lines + "\n", wheel());
    ASSERT_TRUE(others.has_value()) << "what nobody reads may be long";
    EXPECT_THAT(others->requires_dist, IsEmpty());
    std::string many = head("2.1");
    for (int i = 0; i < 20'001; ++i) {
        many += "Requires-Dist: a\n";
    }
    EXPECT_EQ(parse_dependency_metadata(many, wheel()).error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace heliograph::verify
