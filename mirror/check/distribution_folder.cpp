// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/distribution_folder.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 14> installable_endings{
    ".whl",
    ".egg",
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
    ".tbz2"};

}  // namespace

Result<std::vector<WalkedEntry>> walk_folder(const fs::path& folder) {
    std::vector<WalkedEntry> entries;
    std::error_code failure;
    for (fs::recursive_directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        std::error_code ignored;
        if (!entry->is_directory(ignored)) {
            entries.push_back({entry->path(), WalkedKind::file});
        } else if (entry->is_symlink(ignored)) {
            entries.push_back({entry->path(), WalkedKind::linked_folder});
        }
    }
    if (failure) {
        return system_error(failure.value(), "read the folder " + folder.string());
    }
    std::sort(entries.begin(), entries.end(), [](const auto& left, const auto& right) {
        return left.path < right.path;
    });
    return entries;
}

bool is_installable_name(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return std::any_of(
        installable_endings.begin(),
        installable_endings.end(),
        [&](std::string_view ending) { return lower.ends_with(ending); }
    );
}

verify::Finding not_looked_into(const fs::path& linked_folder) {
    return {
        .id = "not-checked",
        .cause = verify::Cause::missing_evidence,
        .subject = "folder " + linked_folder.string(),
        .expected = "folders and files",
        .seen = "a link to a folder, which was not followed",
        .source = linked_folder.string(),
        .advice = "check the folder by its own path, or remove the link"};
}

Result<FoundDistributions> distributions_below(const fs::path& folder) {
    HG_TRY(auto entries, walk_folder(folder));
    FoundDistributions found;
    for (auto& entry : entries) {
        const auto text = entry.path.filename().string();
        if (entry.kind == WalkedKind::linked_folder) {
            verify::CheckedItem item{"folder " + verify::printable(text), entry.path.string()};
            item.verdict.add(not_looked_into(entry.path));
            found.others.push_back(std::move(item));
            continue;
        }
        if (!is_installable_name(text)) {
            continue;
        }
        auto name = verify::parse_dist_file_name(text);
        if (name) {
            found.named.push_back({std::move(entry.path), *std::move(name)});
            continue;
        }
        // That the index has no such form is no fault of this machine, as `unsupported` would say.
        found.others.push_back(
            {"file " + verify::printable(text),
             entry.path.string(),
             {},
             Error(ErrorCode::malformed, name.error().message())}
        );
    }
    return found;
}

}  // namespace heliograph::mirror
