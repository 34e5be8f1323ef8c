// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/lock_file.hpp>
#include <mirror/fetch/requirement_text.hpp>
#include <mirror/fetch/requirements_file.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/mirror/locked_content.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::tools::mirror_commands {

namespace {

void take_in(const mirror::Requirement& requirement, LockedContent& content) {
    content.projects.insert(requirement.project);
    if (!requirement.extras.empty()) {
        content.extras[requirement.project].insert(
            requirement.extras.begin(), requirement.extras.end()
        );
    }
    if (requirement.hashes.empty()) {
        content.versions[requirement.project].push_back(requirement.versions);
        return;
    }
    auto& files = content.files[requirement.project];
    files.insert(files.end(), requirement.hashes.begin(), requirement.hashes.end());
}

Result<std::vector<mirror::Requirement>> read_requirements(
    const std::string& path, std::string_view bytes
) {
    if (path.ends_with(".toml")) {
        HG_TRY(const auto lock, mirror::parse_lock_file(bytes));
        return mirror::requirements_of(lock);
    }
    HG_TRY(const auto text, mirror::requirement_text(bytes));
    HG_CHECK(mirror::check_plain_lines(text));
    HG_TRY(auto file, mirror::parse_requirements_file(text));
    return std::move(file.requirements);
}

}  // namespace

Result<LockedContent> read_locked_content(const std::string& path) {
    HG_TRY(const auto bytes, read_file(path, mirror::lock_file_bytes));
    auto requirements = read_requirements(path, text_of(bytes));
    if (!requirements) {
        return std::move(requirements).error().at(path);
    }
    LockedContent content;
    for (const auto& requirement : *requirements) {
        take_in(requirement, content);
    }
    if (content.projects.empty()) {
        return Error(
            ErrorCode::malformed, "expected at least one project in " + path + ", saw none"
        );
    }
    for (auto& [project, files] : content.files) {
        std::sort(files.begin(), files.end());
        files.erase(std::unique(files.begin(), files.end()), files.end());
    }
    return content;
}

}  // namespace heliograph::tools::mirror_commands
