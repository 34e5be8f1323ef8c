// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/import_walk.hpp>
#include <pki/base/file.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> taken_endings{".whl", ".tar.gz", ".zip"};

// What indexes published in former times, and archives that stand beside these.
constexpr std::array<std::string_view, 13> other_endings{
    ".egg",
    ".exe",
    ".msi",
    ".rpm",
    ".deb",
    ".dmg",
    ".tar",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".tar.z",
    ".tar.zst"};

bool ends_with_one(std::string_view name, std::span<const std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        return name.ends_with(ending);
    });
}

std::string lower_case(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name;
}

bool is_hidden(const std::string& name) {
    return name.starts_with('.') || name == "__pycache__";
}

// None: it is taken, or a folder to look into.
std::optional<LeftOutCause> cause_to_leave(const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    std::error_code vanished;
    const auto status = entry.symlink_status(vanished);
    const bool is_folder = fs::is_directory(status);
    const bool is_taken_kind = ends_with_one(name, taken_endings);
    if (is_hidden(name)) {
        return LeftOutCause::hidden;
    }
    if (fs::is_symlink(status)) {
        // Where it leads is asked for the telling alone.
        const bool counts = is_taken_kind || fs::is_directory(entry.status(vanished));
        return counts ? LeftOutCause::link : LeftOutCause::unrelated;
    }
    if (is_folder) {
        return std::nullopt;
    }
    if (is_taken_kind) {
        return fs::is_regular_file(status) ? std::nullopt : std::optional(LeftOutCause::no_file);
    }
    return ends_with_one(lower_case(name), other_endings) ? LeftOutCause::other_kind
                                                          : LeftOutCause::unrelated;
}

}  // namespace

std::string_view left_out_cause_name(LeftOutCause cause) {
    switch (cause) {
        case LeftOutCause::link:
            return "link";
        case LeftOutCause::other_kind:
            return "other-kind";
        case LeftOutCause::hidden:
            return "hidden";
        case LeftOutCause::no_file:
            return "no-file";
        case LeftOutCause::unrelated:
            break;
    }
    return "unrelated";
}

Error import_stopped() {
    return {
        ErrorCode::cancelled, "the import was stopped; run the same command again to complete it"};
}

Result<ImportWalk> walk_for_import(const fs::path& folder, const std::stop_token& stop) {
    std::error_code failure;
    ImportWalk walk;
    fs::recursive_directory_iterator entry(folder, failure);
    for (const fs::recursive_directory_iterator end; !failure && entry != end;
         entry.increment(failure)) {
        if (stop.stop_requested()) {
            return import_stopped();
        }
        std::error_code vanished;
        const bool is_folder = fs::is_directory(entry->symlink_status(vanished));
        if (const auto cause = cause_to_leave(*entry)) {
            walk.left_out.push_back({.path = entry->path(), .cause = *cause});
            if (is_folder) {
                entry.disable_recursion_pending();
            }
        } else if (!is_folder) {
            walk.files.push_back(entry->path());
        }
    }
    if (failure) {
        return system_error(failure.value(), "look through " + folder.string());
    }
    // By name, so that the files of one project share batches, and with them pages and signatures.
    std::sort(
        walk.files.begin(),
        walk.files.end(),
        [](const fs::path& left, const fs::path& right) {
            const auto by_name = left.filename().compare(right.filename());
            return by_name != 0 ? by_name < 0 : left < right;
        }
    );
    std::sort(
        walk.left_out.begin(),
        walk.left_out.end(),
        [](const LeftOutEntry& left, const LeftOutEntry& right) { return left.path < right.path; }
    );
    return walk;
}

}  // namespace heliograph::mirror
