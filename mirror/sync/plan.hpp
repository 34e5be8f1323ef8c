// SPDX-License-Identifier: Apache-2.0
// Private: what a run has to look at, and which files of a page are not here yet.
#pragma once

#include <mirror/journal/cursor.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <verify/index/project_page.hpp>

#include <map>
#include <optional>
#include <vector>

namespace heliograph::mirror {

/// One project to look at.
struct ProjectTask {
    /// What the journal says that the upstream has.
    enum class Expect { page, removal };
    /// Whether what is here may count as an answer.
    enum class Reuse {
        allowed,  ///< Nobody is asked when its serial is high enough.
        asked,    ///< When the upstream says so.
        refused,  ///< The upstream is asked for everything, and the disk for every blob.
    };

    verify::ProjectName project;
    verify::Serial wanted;  ///< The page's serial must not be lower.
    Expect expect = Expect::page;
    std::optional<PageDigests>
        digests;  ///< Of the pages at exactly `wanted`, when the journal says them.
    Reuse reuse = Reuse::allowed;
};

/// Tasks by project; the one with the higher serial wins.
class TaskList {
  public:
    void add(ProjectTask task);
    [[nodiscard]] bool empty() const { return m_tasks.empty(); }
    /// Whatever was known of the project's serial upstream was wrong: its page is asked for, and
    /// has to reach @p wanted.
    void doubt(const verify::ProjectName& project, verify::Serial wanted);
    /// The same for all that want more than @p serial: they want nothing any more.
    void doubt_above(verify::Serial serial);
    /// In the order of their serials, so that an interrupted run has done the oldest.
    [[nodiscard]] std::vector<ProjectTask> take();

  private:
    std::map<verify::ProjectName, ProjectTask> m_tasks;
};

/// What one change of the journal asks for.
[[nodiscard]] ProjectTask task_of(const ProjectChange& change);

/// What a pending project asks for, with what the local journal says of its wanted serial.
[[nodiscard]] Result<ProjectTask> task_of(const PendingProject& pending, const Catalog& catalog);

/// Adds a task for each project whose blobs are missing or of another size than recorded; what is
/// on disk is then believed no more.
/// @cost Two system calls for each file.
Outcome plan_missing_blobs(const Catalog& catalog, const BlobStore& blobs, TaskList& tasks);

/// Adds a task for each difference between the upstream's whole list and what is here.
Outcome plan_reconciliation(
    const Catalog& catalog, const verify::RootList& upstream, TaskList& tasks
);

/// Adds a task for each project of a list that states no serials, and for each that is here: the
/// pages tell what changed.
/// @param upstream  Null: the list is the one that was taken last.
Outcome plan_every_page(const Catalog& catalog, const verify::RootList* upstream, TaskList& tasks);

/// Whether every blob of a record lies in the store with its size.
/// @cost Two system calls for each blob.
[[nodiscard]] Result<bool> holds_blobs(const BlobStore& blobs, const FileRecord& record);

/// The size of a file's content in the store; none when it has to be had: for want of it, or for
/// another size than the page states.
[[nodiscard]] Result<std::optional<std::uint64_t>> held_content(
    const BlobStore& blobs, const verify::PageFile& file
);

/// The size of a document about a file in the store; none when it has to be had. No page states it,
/// and such documents are small, so that they are hashed.
[[nodiscard]] Result<std::optional<std::uint64_t>> held_document(
    const BlobStore& blobs, const pki::Sha256& wanted
);

}  // namespace heliograph::mirror
