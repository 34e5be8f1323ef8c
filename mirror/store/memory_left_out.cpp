// SPDX-License-Identifier: Apache-2.0
// What the catalogue in memory knows of files that a filter left out.
#include <mirror/store/memory_catalog_content.hpp>

#include <algorithm>

namespace heliograph::mirror {

Result<std::vector<LeftOutFile>> MemoryCatalog::left_out_files(const verify::ProjectName& project
) const {
    const auto all = content();
    const auto found = all->left_out.find(project);
    return found == all->left_out.end() ? std::vector<LeftOutFile>() : found->second;
}

Result<std::optional<LeftOutFile>> MemoryCatalog::left_out(const verify::FilePath& path) const {
    HG_TRY(const auto files, left_out_files(path.name().project()));
    const auto found = std::find_if(files.begin(), files.end(), [&](const LeftOutFile& file) {
        return file.path == path;
    });
    return found == files.end() ? std::nullopt : std::optional(*found);
}

Result<std::optional<LeftOutFile>> MemoryCatalog::left_out_named(const verify::DistFileName& name
) const {
    HG_TRY(const auto files, left_out_files(name.project()));
    const auto found = std::find_if(files.begin(), files.end(), [&](const LeftOutFile& file) {
        return file.path.name() == name;
    });
    return found == files.end() ? std::nullopt : std::optional(*found);
}

Result<std::vector<LeftOutCount>> MemoryCatalog::left_out_counts() const {
    const auto all = content();
    std::map<std::string_view, LeftOutCount> counts;
    for (const auto& [project, files] : all->left_out) {
        for (const auto& file : files) {
            auto& count = counts[leave_reason_name(file.reason)];
            count.reason = file.reason;
            ++count.files;
            count.add_bytes(file.size_bytes);
        }
    }
    std::vector<LeftOutCount> listed;
    listed.reserve(counts.size());
    for (const auto& [word, count] : counts) {
        listed.push_back(count);
    }
    return listed;
}

Result<std::vector<verify::ProjectName>> MemoryCatalog::ripe_projects(Instant now) const {
    const auto all = content();
    std::vector<verify::ProjectName> ripe;
    for (const auto& [project, files] : all->left_out) {
        const bool any = std::any_of(files.begin(), files.end(), [&](const LeftOutFile& file) {
            return file.ripe && *file.ripe <= now;
        });
        if (any) {
            ripe.push_back(project);
        }
    }
    return ripe;
}

Result<std::optional<Instant>> MemoryCatalog::next_ripe() const {
    const auto all = content();
    std::optional<Instant> next;
    for (const auto& [project, files] : all->left_out) {
        if (all->pending.contains(project)) {
            continue;
        }
        for (const auto& file : files) {
            if (file.ripe && (!next || *file.ripe < *next)) {
                next = file.ripe;
            }
        }
    }
    return next;
}

}  // namespace heliograph::mirror
