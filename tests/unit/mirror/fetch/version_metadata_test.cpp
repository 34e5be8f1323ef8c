// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/python_target.hpp>
#include <mirror/fetch/version_metadata.hpp>
#include <verify/index/dependency_metadata.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using ::testing::HasSubstr;

MetadataReading read(const std::vector<std::string>& lines) {
    std::string text = "Metadata-Version: 2.1\nName: app\nVersion: 1.0\n";
    for (const auto& line : lines) {
        text += line + "\n";
    }
    return read_version_metadata(
        text, verify::parse_dist_file_name("app-1.0-py3-none-any.whl").value()
    );
}

std::string why_unusable(const MetadataReading& reading) {
    const auto* unusable = std::get_if<verify::UnusableVersion>(&reading);
    return unusable != nullptr ? unusable->why : "";
}

RequirementsThere there(const MetadataReading& reading) {
    const auto python = cpython_target(verify::parse_version("3.11").value(), {});
    return requirements_there(std::get<VersionMetadata>(reading), python.markers, std::nullopt);
}

TEST(VersionMetadata, KeepsDependenciesAndExtras) {
    const auto reading = read(
        {"Requires-Dist: lib>=1",
         "Requires-Dist: old; python_version < '3'",
         "Provides-Extra: fast",
         "Summary: of no use here"}
    );
    const auto& kept = std::get<VersionMetadata>(reading);
    ASSERT_EQ(kept.dependencies.size(), 2U);
    ASSERT_EQ(kept.extras.size(), 1U);
    EXPECT_EQ(kept.chars, std::string("lib>=1old; python_version < '3'").size());
    const auto requirements = std::get<std::vector<Requirement>>(there(reading));
    ASSERT_EQ(requirements.size(), 1U);
    EXPECT_EQ(requirements[0].text(), "lib>=1");
}

TEST(VersionMetadata, HasNoDependenciesWithoutEnd) {
    EXPECT_THAT(
        why_unusable(read(std::vector<std::string>(metadata_lines + 1, "Requires-Dist: lib"))),
        HasSubstr("more than 10000 dependencies or extras")
    );
    EXPECT_THAT(
        why_unusable(read(std::vector<std::string>(metadata_lines + 1, "Provides-Extra: x"))),
        HasSubstr("more than 10000 dependencies or extras")
    );
    const std::string wide =
        "Requires-Dist: lib; extra == '" + std::string(verify::dependency_chars / 4, 'x') + "'";
    EXPECT_THAT(
        why_unusable(
            read(std::vector<std::string>(4 * metadata_chars / verify::dependency_chars + 1, wide))
        ),
        HasSubstr("dependencies of more than 1048576 characters")
    );
}

TEST(VersionMetadata, CountsRequirementsWhereTheirMarkersHold) {
    std::vector<std::string> lines(
        version_requirements + 1, "Requires-Dist: lib; python_version < '3'"
    );
    EXPECT_TRUE(std::holds_alternative<std::vector<Requirement>>(there(read(lines))));
    lines.assign(version_requirements + 1, "Requires-Dist: lib");
    EXPECT_THAT(
        std::get<verify::UnusableVersion>(there(read(lines))).why,
        HasSubstr("has 1001 requirements")
    );
}

TEST(VersionMetadata, CountsEachExtraOfARequirement) {
    std::string extras = "e0";
    for (std::size_t i = 1; i < requirement_extras; ++i) {
        extras += ",e" + std::to_string(i);
    }
    std::vector<std::string> lines(
        version_requirements / requirement_extras, "Requires-Dist: lib[" + extras + "]"
    );
    EXPECT_TRUE(std::holds_alternative<std::vector<Requirement>>(there(read(lines))));
    lines.emplace_back("Requires-Dist: lib");
    EXPECT_THAT(
        std::get<verify::UnusableVersion>(there(read(lines))).why,
        HasSubstr("has 1001 requirements, each extra counted")
    );
}

TEST(VersionMetadata, TakesMoreRoomThanItsText) {
    const auto small = size_of(read({}));
    EXPECT_GE(size_of(read({"Requires-Dist: a"})) - small, sizeof(Dependency));
    const std::string marker = "; extra == '" + std::string(1000, 'x') + "'";
    EXPECT_GE(size_of(read({"Requires-Dist: a" + marker})) - small, 10 * marker.size());
    EXPECT_GT(size_of(read({"Provides-Extra: a"})), small);
    EXPECT_GT(size_of(verify::UnusableVersion{std::string(1000, 'x')}), 1000U);
}

TEST(VersionMetadata, IsOfItsFileAndCanBeRead) {
    EXPECT_THAT(why_unusable(read({"Requires-Dist: no such thing"})), HasSubstr("cannot be read"));
    EXPECT_THAT(
        why_unusable(read_version_metadata(
            "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n",
            verify::parse_dist_file_name("app-1.0-py3-none-any.whl").value()
        )),
        HasSubstr("metadata that cannot be read")
    );
}

}  // namespace
}  // namespace heliograph::mirror
