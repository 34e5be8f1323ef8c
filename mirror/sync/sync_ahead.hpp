// SPDX-License-Identifier: Apache-2.0
// What lies ahead of a mirror: whether the upstream has news, and what a run would look at. Nothing
// is stored by either.
#pragma once

#include <mirror/sync/sync_run.hpp>

#include <chrono>
#include <vector>

namespace heliograph::mirror {

enum class News { none, some };

/// Asks the upstream for news of its journal (one without a journal may have some: it is not
/// asked), and lets it hold the question while there is none.
/// @param wait  At most 30 s. One that holds no questions answers at once.
/// @errors As sync_folder(), but nobody's lock is needed. @cost One request.
[[nodiscard]] Result<News> await_news(
    const MirrorFolder& folder,
    Transport& transport,
    const SyncOptions& options,
    const Clock& clock,
    std::chrono::seconds wait
);

/// One project that a run would look at.
struct PlannedProject {
    enum class Kind {
        fetch,   ///< Its page, and the files that are not here.
        ask,     ///< Its page, which may be unchanged: of an upstream that states no serials.
        remove,  ///< The upstream's journal says that it is gone.
    };

    verify::ProjectName project;
    Kind kind = Kind::fetch;
    verify::Serial here;    ///< Of the page that is here; zero: none.
    verify::Serial wanted;  ///< That the upstream announced.
};

/// What another filter would do to what is here; told by its names, for none of it is done.
struct FilterPreview {
    struct WantedFile {
        verify::FilePath path;
        std::uint64_t size_bytes = 0;  ///< 0 where its page does not state it.
    };

    std::vector<verify::ProjectName> projects;  ///< They would go.
    std::vector<LeftOutFile> files;             ///< They would go, of projects that stay.
    std::vector<WantedFile> missing;            ///< They would come, of projects that are here.
    /// Projects whose pages were made here, of an upstream that signs nothing: they name what is
    /// here alone, so that what would come is known from the upstream's pages only.
    std::size_t unknown = 0;

    [[nodiscard]] bool empty() const {
        return projects.empty() && files.empty() && missing.empty() && unknown == 0;
    }
};

/// What a run would do, as far as journal and list tell.
struct SyncPreview {
    verify::Serial from;
    verify::Serial to;
    verify::Verdict upstream;  ///< Not accepted: a run would take nothing.
    std::vector<PlannedProject> projects;
    FilterPreview filter = {};      ///< Of a filter that was changed since the last run.
    bool evidence_changed = false;  ///< Signers would be judged anew, and pages by them.
};

/// Reads the journal to its end, and the whole list where run_sync() would.
/// @errors As sync_folder(), but nobody's lock is needed. @cost The journal and the pages that are
/// here of each project in it; no page is asked for.
[[nodiscard]] Result<SyncPreview> preview_folder(
    const MirrorFolder& folder,
    Transport& transport,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
);

}  // namespace heliograph::mirror
