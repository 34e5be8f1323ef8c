// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/dependency_metadata.hpp>
#include <verify/index/metadata_fields.hpp>
#include <verify/verdict/finding.hpp>

#include <string>
#include <utility>

namespace heliograph::verify {

namespace {

// PEP 643 came with metadata 2.2: before it, no field of a source archive binds its build.
bool binds_builds(std::string_view metadata_version) {
    return metadata_version != "2.0" && metadata_version != "2.1" &&
           metadata_version.starts_with("2.");
}

bool is_about_dependencies(std::string_view field) {
    const auto name = ascii::to_lower(field);
    return name == "requires-dist" || name == "provides-extra";
}

bool is_decided_upon(std::string_view field) {
    return is_about_dependencies(field) || ascii::to_lower(field) == "requires-python";
}

}  // namespace

Result<DependencyMetadata> parse_dependency_metadata(
    std::string_view text, const DistFileName& file
) {
    HG_TRY(auto core, parse_core_metadata(text));
    if (core.name != file.project() || core.version != file.version()) {
        return Error(
            ErrorCode::malformed,
            "expected metadata of " + file.project().text() + " " + file.version().text() +
                ", saw that of " + core.name.text() + " " + core.version.text()
        );
    }
    HG_TRY(const auto fields, read_metadata_fields(text));
    const bool is_source = file.kind() == FileKind::sdist;
    DependencyMetadata metadata{std::move(core), {}, {}, DependencyStanding::stated};
    if (is_source && !binds_builds(metadata.core.metadata_version)) {
        metadata.standing = DependencyStanding::decided_by_build;
    }
    for (const auto& [name, folded] : fields.headers) {
        const auto value = ascii::trim(folded);
        if (value.size() > dependency_chars) {
            if (is_about_dependencies(name)) {
                return Error(
                    ErrorCode::too_large,
                    "expected a dependency of at most " + std::to_string(dependency_chars) +
                        " characters, saw " + printable(value.substr(0, 40)) + "..."
                );
            }
            continue;
        }
        if (name == "requires-dist") {
            metadata.requires_dist.emplace_back(value);
        } else if (name == "provides-extra") {
            metadata.extras.emplace_back(value);
        } else if (is_source && name == "dynamic" && is_about_dependencies(value)) {
            metadata.standing = DependencyStanding::decided_by_build;
        }
    }
    return metadata;
}

Result<DependencyStanding> standing_of_metadata(std::string_view text, FileKind kind) {
    if (kind != FileKind::sdist) {
        return DependencyStanding::stated;
    }
    HG_TRY(const auto fields, read_metadata_fields(text));
    bool binds = false;
    bool is_dynamic = false;
    for (const auto& [name, folded] : fields.headers) {
        const auto value = ascii::trim(folded);
        binds = binds || (name == "metadata-version" && binds_builds(value));
        is_dynamic = is_dynamic || (name == "dynamic" && is_decided_upon(value));
    }
    return binds && !is_dynamic ? DependencyStanding::stated : DependencyStanding::decided_by_build;
}

}  // namespace heliograph::verify
