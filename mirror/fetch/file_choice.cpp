// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/file_choice.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <vector>

namespace heliograph::mirror {

namespace {

using verify::PageFile;
using Candidates = std::vector<const PageFile*>;

constexpr std::size_t names_shown = 8;

// A page may say anything in requires-python; what cannot be read excludes nothing, as in pip.
bool runs_on(const PageFile& file, const ChoiceTarget& target) {
    if (!target.python || !file.requires_python) {
        return true;
    }
    const auto range = verify::parse_specifier_set(*file.requires_python);
    return !range || range->accepts(*target.python);
}

bool is_wheel(const PageFile& file) {
    return file.name.kind() == verify::FileKind::wheel;
}

bool is_for(const PageFile& file, const ChoiceTarget& target) {
    return target.formats.wants(file.name) == FormatControl::Answer::wanted &&
           (!target.tags || !is_wheel(file) || target.tags->rank_of(file.name));
}

// A file that was named is what the user wants, wherever it runs.
bool suits(const PageFile& file, const Requirement& requirement, const ChoiceTarget& target) {
    return requirement.file || is_for(file, target);
}

Candidates fitting(
    const verify::ProjectPage& page, const Requirement& requirement, const ChoiceTarget& target
) {
    Candidates candidates;
    for (const auto& file : page.files) {
        const bool named = !requirement.file || file.name == *requirement.file;
        const bool offered =
            !file.yanked || requirement.file || requirement.versions.pins_exact_version();
        if (named && offered && requirement.versions.accepts(file.name.version()) &&
            runs_on(file, target) && suits(file, requirement, target)) {
            candidates.push_back(&file);
        }
    }
    return candidates;
}

void drop_prereleases(Candidates& candidates, const Requirement& requirement) {
    const auto is_final = [](const PageFile* file) {
        return !file->name.version().is_prerelease();
    };
    const bool wanted = requirement.file || requirement.versions.names_prerelease() ||
                        std::none_of(candidates.begin(), candidates.end(), is_final);
    if (!wanted) {
        candidates.erase(
            std::stable_partition(candidates.begin(), candidates.end(), is_final), candidates.end()
        );
    }
}

bool runs_everywhere(const PageFile& file) {
    const auto& tags = file.name.tags();
    return std::any_of(tags.begin(), tags.end(), [](const verify::WheelTag& tag) {
        return tag.python.starts_with("py3") && tag.abi == "none" && tag.platform == "any";
    });
}

Error nothing_fits(
    const verify::ProjectPage& page, const Requirement& requirement, const ChoiceTarget& target
) {
    if (page.mark.status == verify::ProjectStatus::quarantined) {
        return {
            ErrorCode::not_found,
            "expected a file for " + requirement.text() + ", the index keeps all files of " +
                page.name.text() + " back: the project is quarantined" +
                (page.mark.reason.empty() ? "" : " (" + verify::printable(page.mark.reason) + ")")};
    }
    std::string versions;
    const auto all = page.versions();
    for (std::size_t i = all.size() - std::min(all.size(), names_shown); i < all.size(); ++i) {
        versions += (versions.empty() ? "" : ", ") + all[i];
    }
    return {
        ErrorCode::not_found,
        "expected a file for " + requirement.text() + (target.tags ? " that runs there" : "") +
            ", the index has " +
            (all.empty() ? "no version" : (all.size() > names_shown ? "... " : "") + versions) +
            " of " + page.name.text()};
}

Error several_fit(const Candidates& wheels) {
    std::string names;
    for (std::size_t i = 0; i < std::min(wheels.size(), names_shown); ++i) {
        names += (names.empty() ? "" : ", ") + wheels[i]->name.text();
    }
    return {
        ErrorCode::invalid_argument,
        "expected one file to fit, several wheels for different platforms do: " + names +
            (wheels.size() > names_shown ? ", ..." : "") + "; name one of them with --file"};
}

// `1` before `2`, `2` before `2local`, none before all.
struct BuildNumber {
    verify::VersionNumber number;
    std::string rest;
    friend auto operator<=>(const BuildNumber&, const BuildNumber&) = default;
};

std::optional<BuildNumber> build_of(const PageFile& file) {
    const std::string_view build = file.name.build();
    const auto digits = std::min(build.find_first_not_of("0123456789"), build.size());
    if (digits == 0) {
        return std::nullopt;
    }
    return BuildNumber{
        verify::VersionNumber(build.substr(0, digits)), std::string(build.substr(digits))};
}

bool is_better_for(const TagRanks& tags, const PageFile& left, const PageFile& right) {
    if (left.yanked.has_value() != right.yanked.has_value()) {
        return !left.yanked;
    }
    if (is_wheel(left) != is_wheel(right)) {
        return is_wheel(left);
    }
    const auto left_rank = tags.rank_of(left.name);
    const auto right_rank = tags.rank_of(right.name);
    if (left_rank != right_rank) {
        return left_rank < right_rank;
    }
    return build_of(right) < build_of(left);
}

Result<PageFile> choose_form(const Candidates& files) {
    const auto everywhere = std::find_if(files.begin(), files.end(), [](const PageFile* file) {
        return runs_everywhere(*file);
    });
    if (everywhere != files.end()) {
        return **everywhere;
    }
    const auto source = std::find_if(files.begin(), files.end(), [](const PageFile* file) {
        return file->name.kind() == verify::FileKind::sdist;
    });
    if (source != files.end()) {
        return **source;
    }
    if (files.size() == 1) {
        return *files.front();
    }
    return several_fit(files);
}

bool is_allowed(const PageFile& file, const Requirement& requirement) {
    const auto& hashes = requirement.hashes;
    return hashes.empty() || std::find(hashes.begin(), hashes.end(), file.sha256) != hashes.end();
}

Error no_hash_fits(const PageFile& file, const Requirement& requirement) {
    return {
        ErrorCode::malformed,
        "expected a file for " + requirement.text() + " with a hash that is allowed for it (" +
            std::to_string(requirement.hashes.size()) + " are), the signed index has " +
            file.name.text() + " with sha256 " + file.sha256.to_hex() +
            "; whoever wrote the hashes saw another file"};
}

}  // namespace

Result<PageFile> choose_file(
    const verify::ProjectPage& page, const Requirement& requirement, const ChoiceTarget& target
) {
    Candidates candidates = fitting(page, requirement, target);
    drop_prereleases(candidates, requirement);
    if (candidates.empty()) {
        return nothing_fits(page, requirement, target);
    }
    const auto allowed_end =
        std::stable_partition(candidates.begin(), candidates.end(), [&](const PageFile* file) {
            return is_allowed(*file, requirement);
        });
    if (allowed_end == candidates.begin()) {
        return no_hash_fits(*candidates.front(), requirement);
    }
    candidates.erase(allowed_end, candidates.end());
    const auto newest = std::max_element(
        candidates.begin(),
        candidates.end(),
        [](const PageFile* left, const PageFile* right) {
            return left->name.version() < right->name.version();
        }
    );
    const auto version = (*newest)->name.version();
    Candidates of_newest;
    std::copy_if(
        candidates.begin(),
        candidates.end(),
        std::back_inserter(of_newest),
        [&](const PageFile* file) { return file->name.version() == version; }
    );
    if (target.tags) {
        return preferred_file(of_newest, target);
    }
    return choose_form(of_newest);
}

bool may_use(const PageFile& file, const ChoiceTarget& target) {
    return is_for(file, target) && runs_on(file, target);
}

const PageFile& preferred_file(const Candidates& files, const ChoiceTarget& target) {
    HG_ASSERT(!files.empty() && target.tags != nullptr);
    return **std::min_element(
        files.begin(),
        files.end(),
        [&](const PageFile* left, const PageFile* right) {
            return is_better_for(*target.tags, *left, *right);
        }
    );
}

}  // namespace heliograph::mirror
