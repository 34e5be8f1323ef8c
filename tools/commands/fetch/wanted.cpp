// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/metalink.hpp>
#include <mirror/fetch/requirements_file.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/fetch/wanted.hpp>

#include <algorithm>
#include <filesystem>

namespace heliograph::tools::fetch_commands {

namespace {

/// Before it is known for which Python it is.
struct Asked {
    std::vector<mirror::Requirement> requirements;
    mirror::FormatWords formats;
    std::vector<mirror::LockFile> locks;
};

// What the user typed or wrote cannot be meant: a usage error, whatever is wrong with it.
Error as_usage_error(const Error& error) {
    return {ErrorCode::invalid_argument, error.describe()};
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

Outcome add_lock_file(Asked& asked, const std::string& path) {
    HG_TRY(const auto text, read_file(path, mirror::lock_file_bytes));
    auto lock = mirror::parse_lock_file(text_of(text));
    if (!lock) {
        return as_usage_error(lock.error()).at(path);
    }
    for (auto& requirement : mirror::requirements_of(*lock)) {
        asked.requirements.push_back(std::move(requirement));
    }
    asked.locks.push_back(*std::move(lock));
    return {};
}

Outcome add_requirement_file(Asked& asked, const std::string& path) {
    if (is_lock_file(path)) {
        return add_lock_file(asked, path);
    }
    HG_TRY(const auto text, read_file(path, mirror::requirements_file_bytes));
    auto file = mirror::parse_requirements_file(text_of(text));
    if (!file) {
        return as_usage_error(file.error()).at(path);
    }
    for (auto& requirement : file->requirements) {
        asked.requirements.push_back(std::move(requirement));
    }
    append(asked.formats.no_binary, file->formats.no_binary);
    append(asked.formats.only_binary, file->formats.only_binary);
    return {};
}

// Its hashes are demanded beside those of the page; its addresses are the sources' to hear.
Outcome add_metalink(Asked& asked, const std::string& path) {
    HG_TRY(const auto text, read_file(path, mirror::metalink_bytes));
    auto metalink = mirror::parse_metalink(text_of(text));
    if (!metalink) {
        return as_usage_error(metalink.error()).at(path);
    }
    for (const auto& file : metalink->files) {
        auto name = verify::parse_dist_file_name(file.name);
        if (!name) {
            return as_usage_error(name.error()).at(path);
        }
        mirror::Requirement requirement{name->project(), {}, *name};
        if (file.sha256) {
            requirement.hashes.push_back(*file.sha256);
        }
        asked.requirements.push_back(std::move(requirement));
    }
    return {};
}

Result<Asked> read_asked(const FetchOptions& options) {
    Asked asked;
    for (const auto& text : options.requirements) {
        auto requirement = mirror::parse_requirement(text);
        if (!requirement) {
            return as_usage_error(requirement.error());
        }
        asked.requirements.push_back(*std::move(requirement));
    }
    for (const auto& path : options.requirement_files) {
        HG_CHECK(add_requirement_file(asked, path));
    }
    for (const auto& path : options.metalinks) {
        HG_CHECK(add_metalink(asked, path));
    }
    if (!options.file.empty()) {
        auto name = verify::parse_dist_file_name(options.file);
        if (!name) {
            return as_usage_error(name.error());
        }
        asked.requirements.push_back({name->project(), {}, *name});
    }
    if (asked.requirements.empty() && options.requirement_files.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a project to fetch, --file NAME, -r FILE or --metalink FILE, saw none; "
            "as in: fetch --verify wheel"
        );
    }
    return asked;
}

// A marker asks what Python it is for; without one nothing can be said.
Result<mirror::MarkerAnswer> applies(const mirror::Requirement& requirement, const Target& target) {
    if (!requirement.marker) {
        return mirror::MarkerAnswer::applies;
    }
    if (!target.python) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --python VERSION or PROGRAM, to know whether '" + requirement.text() +
                "' is wanted there; saw none"
        );
    }
    return requirement.marker->evaluate(target.python->markers, {});
}

Outcome check_lock(const mirror::LockFile& lock, const Target& target) {
    if (!target.python) {
        return {};
    }
    const auto& python = *target.python;
    if (lock.requires_python && !lock.requires_python->accepts(python.version)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a lock file for Python " + python.version.text() + ", saw one for Python " +
                lock.requires_python->text()
        );
    }
    bool held = lock.environments.empty();
    for (const auto& marker : lock.environments) {
        HG_TRY(const auto answer, marker.evaluate(python.markers, {}));
        held = held || answer == mirror::MarkerAnswer::applies;
    }
    if (!held) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a lock file for this Python, none of the environments it was made for is"
        );
    }
    return {};
}

}  // namespace

bool is_lock_file(const std::string& path) {
    const auto name = std::filesystem::path(path).filename().string();
    return name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"));
}

Result<Wanted> parse_wanted(const FetchOptions& options) {
    HG_TRY(auto asked, read_asked(options));
    // What files of requirements say of wheels counts beside what the command line says.
    auto target_options = options.target;
    append(target_options.formats.no_binary, asked.formats.no_binary);
    append(target_options.formats.only_binary, asked.formats.only_binary);
    Wanted wanted;
    HG_TRY(wanted.target, parse_target(target_options));
    for (const auto& lock : asked.locks) {
        HG_CHECK(check_lock(lock, wanted.target));
    }
    for (auto& requirement : asked.requirements) {
        HG_TRY(const auto answer, applies(requirement, wanted.target));
        if (answer == mirror::MarkerAnswer::applies) {
            wanted.requirements.push_back(std::move(requirement));
        }
    }
    return wanted;
}

}  // namespace heliograph::tools::fetch_commands
