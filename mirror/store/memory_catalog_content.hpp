// SPDX-License-Identifier: Apache-2.0
// Private: what the catalogue in memory holds.
#pragma once

#include <mirror/store/memory_catalog.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

struct MemoryCatalog::Content {
    std::map<verify::ProjectName, std::map<verify::PageForm, StoredPage>> pages;
    std::map<verify::DistFileName, FileRecord> files;
    std::map<verify::ProjectName, ProjectState> projects;
    std::optional<pki::Sha256> other_key;
    std::map<verify::ProjectName, std::map<verify::PageForm, Bytes>> other_signatures;
    std::map<verify::ProjectName, std::string> page_tags;
    std::map<verify::ProjectName, std::vector<LeftOutFile>> left_out;
    std::map<verify::ProjectName, Bytes> shelves;  ///< Whose files are withheld.
    std::map<verify::DistFileName, pki::Sha256> retired;
    std::map<verify::Serial, JournalEvent> events;
    std::map<EvidenceKind, Bytes> evidence;
    std::map<verify::ProjectName, PendingProject> pending;
    UpstreamState upstream;
    CatalogState state;
    std::uint64_t commits = 0;
    std::uint64_t revision = 0;

    [[nodiscard]] std::vector<FileRecord> files_of(const verify::ProjectName& project) const {
        std::vector<FileRecord> found;
        for (const auto& [name, record] : files) {
            if (name.project() == project) {
                found.push_back(record);
            }
        }
        return found;
    }
};

// Readers hold the content they began with; a commit puts a new one in its place.
struct MemoryCatalog::Shared {
    std::mutex mutex;
    std::shared_ptr<const Content> content = std::make_shared<Content>();
    bool writing = false;
};

}  // namespace heliograph::mirror
