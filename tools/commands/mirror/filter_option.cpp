// SPDX-License-Identifier: Apache-2.0
#include <mirror/requirement/requirement.hpp>
#include <mirror/store/file_filter_form.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/filter_option.hpp>
#include <tools/commands/mirror/locked_content.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace heliograph::tools::mirror_commands {

namespace {

struct Unit {
    char letter;
    std::uint64_t factor;
};

// A number and perhaps one letter behind it.
Result<std::uint64_t> read_amount(
    const std::string& text, const std::vector<Unit>& units, const std::string& expected
) {
    std::uint64_t factor = 1;
    std::string_view digits = text;
    for (const auto& unit : units) {
        if (digits.ends_with(unit.letter)) {
            factor = unit.factor;
            digits.remove_suffix(1);
            break;
        }
    }
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    constexpr std::uint64_t most = std::uint64_t{1} << 50U;
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
        number > most / factor) {
        return Error(ErrorCode::invalid_argument, "expected " + expected + ", saw '" + text + "'");
    }
    return number * factor;
}

Result<std::uint64_t> read_size(const std::string& text) {
    constexpr std::uint64_t kib = 1024;
    return read_amount(
        text,
        {{'k', kib}, {'K', kib}, {'M', kib * kib}, {'G', kib * kib * kib}},
        "a size in bytes, or with k, M or G behind it, as 50M"
    );
}

Result<std::chrono::seconds> read_age(const std::string& text) {
    HG_TRY(
        const auto seconds,
        read_amount(
            text,
            {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 7 * 86'400}},
            "an age in seconds, or with m, h, d or w behind it, as 7d"
        )
    );
    return std::chrono::seconds(seconds);
}

Outcome read_patterns(
    const std::vector<std::string>& texts, std::vector<mirror::TagPattern>& patterns
) {
    patterns.clear();
    for (const auto& text : texts) {
        HG_TRY(auto pattern, usage_fault(mirror::parse_tag_pattern(text)));
        patterns.push_back(std::move(pattern));
    }
    return {};
}

// Versions of a project that the mirror does not have would be a wish for nothing.
Outcome check_specified(
    const verify::ProjectName& project, const std::string& text, const mirror::WantedContent& wanted
) {
    const auto& names = wanted.projects;
    if (!names || wanted.closure ||
        std::find(names->begin(), names->end(), project.text()) != names->end()) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected --specifier to speak of a project that the mirror shall have, saw '" + text +
            "', while --project, --project-list and --lock, now or earlier, name others alone; say "
            "--project " +
            project.text() + " too, or --all to have every project"
    );
}

Outcome read_specifiers(const WantedChoice& choice, mirror::WantedContent& wanted) {
    wanted.files.specifiers.clear();
    for (const auto& text : choice.specifiers) {
        HG_TRY(const auto requirement, usage_fault(mirror::parse_requirement(text)));
        if (requirement.versions.empty() || requirement.marker || !requirement.extras.empty()) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a project and versions, as 'requests>=2.28,<3', saw '" + text + "'"
            );
        }
        HG_CHECK(check_specified(requirement.project, text, wanted));
        wanted.files.specifiers[requirement.project].push_back(requirement.versions);
    }
    return {};
}

Outcome read_files(const WantedChoice& choice, mirror::WantedContent& wanted) {
    if (!choice.specifiers.empty()) {
        HG_CHECK(read_specifiers(choice, wanted));
    }
    auto& filter = wanted.files;
    if (!choice.file_type.empty()) {
        filter.kind =
            choice.file_type == "wheel" ? verify::FileKind::wheel : verify::FileKind::sdist;
    }
    if (!choice.platforms.empty()) {
        HG_CHECK(read_patterns(choice.platforms, filter.platforms));
    }
    if (!choice.pythons.empty()) {
        HG_CHECK(read_patterns(choice.pythons, filter.pythons));
    }
    if (!choice.most_size.empty()) {
        HG_TRY(filter.most_bytes, read_size(choice.most_size));
    }
    if (!choice.least_age.empty()) {
        HG_TRY(filter.least_age, read_age(choice.least_age));
    }
    if (choice.latest) {
        filter.latest = choice.latest;
    }
    return {};
}

// The projects of a lock file, and those that were named beside it, in place of those of both
// before. What else binds files binds those of a lock file, too.
Outcome read_projects(const WantedChoice& choice, mirror::WantedContent& wanted) {
    std::set<std::string> names;
    HG_TRY(const auto named, wanted_projects(choice.projects));
    if (named) {
        names.insert(named->begin(), named->end());
    }
    wanted.files.locked.clear();
    wanted.files.locked_versions.clear();
    if (!choice.lock.empty()) {
        HG_TRY(auto content, read_locked_content(choice.lock));
        for (const auto& project : content.projects) {
            names.insert(project.text());
        }
        wanted.files.locked = std::move(content.files);
        wanted.files.locked_versions = std::move(content.versions);
        wanted.closure = std::move(content.extras);
    } else if (wanted.closure) {
        wanted.closure->clear();
    }
    wanted.projects.emplace(names.begin(), names.end());
    return {};
}

// A mirror of all projects has what they need.
Outcome read_closure(const WantedChoice& choice, mirror::WantedContent& wanted) {
    if (choice.no_closure) {
        wanted.closure.reset();
    } else if (choice.closure && !wanted.closure) {
        wanted.closure.emplace();
    }
    if (wanted.closure && !wanted.projects) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --closure for a mirror of some projects, this one has all, and all that they "
            "need; say which with --project, --project-list or --lock"
        );
    }
    return {};
}

std::string joined(const std::vector<mirror::TagPattern>& patterns) {
    std::string text;
    for (const auto& pattern : patterns) {
        text += (text.empty() ? "" : " ") + pattern.text();
    }
    return text;
}

}  // namespace

std::vector<CLI::Option*> add_wanted_options(CLI::App& verb, WantedChoice& choice) {
    const auto projects = add_project_options(verb, choice.projects);
    std::vector<CLI::Option*> options{projects.names, projects.list};
    const auto add = [&](CLI::Option* option) { options.push_back(option); };
    add(verb.add_option(
                "--lock",
                choice.lock,
                "Mirror: have what a lock file names (pylock.toml, or requirements.txt with "
                "hashes), and the projects that --project names beside it"
    )
            ->type_name("FILE"));
    add(verb.add_option(
                "--specifier",
                choice.specifiers,
                "Mirror: of a project these versions only, and of what a lock file names of it; "
                "several of one project: any of them"
    )
            ->type_name("REQUIREMENT"));
    add(verb.add_option("--file-type", choice.file_type, "Mirror: wheels or source archives only")
            ->check(CLI::IsMember({"wheel", "sdist"})));
    add(verb.add_option(
                "--platform",
                choice.platforms,
                "Mirror: wheels for these platforms only, and those for any: manylinux*_x86_64"
    )
            ->type_name("PATTERN"));
    add(verb.add_option(
                "--python-tag",
                choice.pythons,
                "Mirror: wheels for these Pythons only: cp311, py3, cp3*-abi3"
    )
            ->type_name("PATTERN"));
    add(verb.add_option("--max-size", choice.most_size, "Mirror: no file larger than this: 50M")
            ->type_name("SIZE"));
    add(verb.add_option(
                "--min-age",
                choice.least_age,
                "Mirror: no file that was uploaded later than so long ago: 7d"
    )
            ->type_name("AGE"));
    add(verb.add_option(
                "--latest",
                choice.latest,
                "Mirror: the newest releases of each project, so many; none that is yanked unless "
                "all are"
    )
            ->check(CLI::Range(1, 100'000)));
    auto* const closure = verb.add_flag(
        "--closure",
        choice.closure,
        "Mirror: also have what the projects need, by the metadata of their files, in every "
        "version "
        "that will do; implied by --lock"
    );
    add(closure);
    add(verb.add_flag(
                "--no-closure",
                choice.no_closure,
                "Mirror: have the named projects alone, whatever they need"
    )
            ->excludes(closure));
    return options;
}

Result<mirror::WantedContent> wanted_content(
    const WantedChoice& choice, mirror::WantedContent before
) {
    auto wanted = std::move(before);
    if (choice.projects.is_made() || !choice.lock.empty()) {
        HG_CHECK(read_projects(choice, wanted));
    }
    HG_CHECK(read_closure(choice, wanted));
    HG_CHECK(read_files(choice, wanted));
    if (const auto sound = mirror::check_file_filter(wanted.files); !sound) {
        return with_code(sound.error(), ErrorCode::invalid_argument);
    }
    return wanted;
}

std::vector<std::string> describe_files(const mirror::FileFilter& filter) {
    std::vector<std::string> lines;
    if (!filter.locked.empty()) {
        lines.push_back("locked files of " + counted(filter.locked.size(), "project"));
    }
    if (!filter.locked_versions.empty()) {
        lines.push_back("locked versions of " + counted(filter.locked_versions.size(), "project"));
    }
    for (const auto& [project, sets] : filter.specifiers) {
        std::string text;
        for (const auto& set : sets) {
            text += (text.empty() ? "" : " or ") + set.text();
        }
        lines.push_back("versions of " + project.text() + ": " + text);
    }
    if (filter.kind) {
        lines.emplace_back(
            *filter.kind == verify::FileKind::wheel ? "wheels only" : "source archives only"
        );
    }
    if (!filter.platforms.empty()) {
        lines.push_back("wheels for any platform or " + joined(filter.platforms));
    }
    if (!filter.pythons.empty()) {
        lines.push_back("wheels for Python " + joined(filter.pythons));
    }
    if (filter.most_bytes) {
        lines.push_back("files of at most " + format_size(*filter.most_bytes));
    }
    if (filter.least_age) {
        lines.push_back("files that are " + std::to_string(filter.least_age->count()) + " s old");
    }
    if (filter.latest) {
        lines.push_back("the newest " + counted(*filter.latest, "release") + " of each project");
    }
    return lines;
}

}  // namespace heliograph::tools::mirror_commands
