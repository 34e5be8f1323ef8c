// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/version_metadata.hpp>
#include <verify/index/dependency_metadata.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

using verify::UnusableVersion;

UnusableVersion unreadable(const std::string& what, const Error& error) {
    return {what + ": " + verify::printable(error.describe())};
}

// Measured: what a parsed dependency and a parsed marker take for each character of their text.
constexpr std::size_t bytes_a_char = 12;

}  // namespace

std::size_t size_of(const MetadataReading& reading) {
    if (const auto* unusable = std::get_if<UnusableVersion>(&reading)) {
        return sizeof(reading) + unusable->why.size();
    }
    const auto& metadata = std::get<VersionMetadata>(reading);
    constexpr std::size_t an_extra = 2 * sizeof(verify::ProjectName);
    return sizeof(reading) + metadata.dependencies.size() * sizeof(Dependency) +
           metadata.chars * bytes_a_char + metadata.extras.size() * an_extra;
}

MetadataReading read_version_metadata(std::string_view text, const verify::DistFileName& file) {
    const auto metadata = verify::parse_dependency_metadata(text, file);
    if (!metadata) {
        return unreadable("has metadata that cannot be read", metadata.error());
    }
    if (metadata->standing == verify::DependencyStanding::decided_by_build) {
        return UnusableVersion{
            "is there as a source archive alone, and only building it would tell what it needs"};
    }
    if (std::max(metadata->requires_dist.size(), metadata->extras.size()) > metadata_lines) {
        return UnusableVersion{
            "has more than " + std::to_string(metadata_lines) +
            " dependencies or extras, and nobody looks at so many"};
    }
    VersionMetadata reading;
    for (const auto& line : metadata->requires_dist) {
        reading.chars += line.size();
        if (reading.chars > metadata_chars) {
            return UnusableVersion{
                "has dependencies of more than " + std::to_string(metadata_chars) +
                " characters, and nobody reads so many"};
        }
        auto dependency = parse_dependency(line);
        if (!dependency) {
            return unreadable("has a dependency that cannot be read", dependency.error());
        }
        reading.dependencies.push_back(*std::move(dependency));
    }
    for (const auto& line : metadata->extras) {
        if (auto extra = verify::parse_project_name(line)) {
            reading.extras.push_back(*std::move(extra));
        }
    }
    return reading;
}

RequirementsThere requirements_there(
    const VersionMetadata& metadata,
    const MarkerEnvironment& environment,
    const std::optional<verify::ProjectName>& extra
) {
    std::vector<Requirement> requirements;
    std::size_t count = 0;
    for (const auto& [requirement, url] : metadata.dependencies) {
        const auto& marker = requirement.marker;
        if (marker) {
            const auto answer = marker->evaluate(environment, extra ? extra->text() : "");
            if (!answer) {
                return unreadable("has a marker that means nothing", answer.error());
            }
            if (*answer != MarkerAnswer::applies) {
                continue;
            }
        }
        if (url) {
            return UnusableVersion{
                "needs " + requirement.project.text() + " from " + verify::printable(*url) +
                ", and files come from the signed index alone"};
        }
        count += std::max<std::size_t>(requirement.extras.size(), 1);
        if (count <= version_requirements) {
            requirements.push_back(requirement);
        }
    }
    if (count > version_requirements) {
        return UnusableVersion{
            "has " + std::to_string(count) +
            " requirements, each extra counted, and no more than " +
            std::to_string(version_requirements) + " are looked at"};
    }
    return requirements;
}

}  // namespace heliograph::mirror
