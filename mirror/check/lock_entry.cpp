// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/lock_entry.hpp>

#include <utility>

namespace heliograph::mirror {

std::vector<LockEntry> lock_entries(const LockFile& lock, const std::string& path) {
    std::vector<LockEntry> entries;
    for (const auto& package : lock.packages) {
        // Our own text of a version is one, so this cannot fail.
        LockEntry entry{
            package.name, verify::parse_specifier_set("==" + package.version.text()).value(), {}};
        entry.marker = package.marker;
        entry.lock = path;
        for (const auto& file : package.files) {
            entry.files.push_back({file.name, file.sha256, file.size_bytes});
        }
        for (const auto& name : package.unhashed) {
            entry.files.push_back({name, std::nullopt, std::nullopt});
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::vector<LockEntry> lock_entries(const RequirementsFile& file, const std::string& path) {
    std::vector<LockEntry> entries;
    for (std::size_t i = 0; i < file.requirements.size(); ++i) {
        const auto& requirement = file.requirements[i];
        LockEntry entry{requirement.project, requirement.versions, {}};
        entry.marker = requirement.marker;
        entry.lock = path;
        entry.line = i < file.lines.size() ? std::optional(file.lines[i]) : std::nullopt;
        for (const auto& hash : requirement.hashes) {
            entry.files.push_back({std::nullopt, hash, std::nullopt});
        }
        if (entry.files.empty()) {
            entry.files.push_back({});
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace heliograph::mirror
