// SPDX-License-Identifier: Apache-2.0
// One run of `mirror sync`: what changed upstream since the cursor, judged by the gates that
// clients use, stored, and the cursor last.
//
//   journal -> several workers {page, signatures -> judge -> files, metadata}
//           -> group {sync blobs -> one transaction with pages, records, parked projects}   (again
//           and again)
//           -> last group of a chapter, with journal rows and cursor                (again while
//           there is more)
//
// Where the journal does not reach back to the cursor, the list of projects makes the chapter.
//
// A project that is refused or cannot be had is parked: recorded with its reason, tried again when
// its turn comes or when the journal has news of it, in nobody's way. So the cursor is a watermark,
// and the parked projects are the list of exceptions to it. A run that is killed at any point is
// continued by the next, which fetches again at most what no group had made durable.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/sync/project_filter.hpp>
#include <mirror/sync/project_outcome.hpp>
#include <mirror/sync/upstream.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/x509/credential.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/policy.hpp>
#include <verify/verdict/verdict.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <vector>

namespace heliograph::mirror {

/// Whether the run compares the whole list of projects, beyond the journal: finds changes and
/// removals that were never journalled (threat T23).
enum class Reconcile { no, yes };

/// Which parked projects a run tries, besides those of which the journal has news.
enum class ParkedTries {
    when_due,  ///< Those whose pause is over.
    all,       ///< All of them, and whatever pause the upstream asked for.
};

/// Where a run begins.
enum class CursorTrust {
    kept,    ///< Where the last one ended, as the upstream said then.
    proven,  ///< No higher than the newest serial that a signed page bears out.
};

struct SyncOptions {
    verify::PagePolicy policy = verify::default_page_policy();
    Reconcile reconcile = Reconcile::no;
    ParkedTries parked = ParkedTries::when_due;
    CursorTrust cursor = CursorTrust::kept;
    /// How long a page must be gone without a journalled removal before the local copy goes too.
    std::chrono::seconds gone_patience{600};
    /// The same for one that never was here, which an upstream may just not have had in yet itself.
    std::chrono::seconds absent_patience{24 * 3600};
    /// The whole list is compared at least so often, whatever `reconcile` says.
    std::chrono::seconds list_interval{24 * 3600};
    /// For sync_folder() and scrub_folder(), which reach the upstream themselves.
    const pki::Credential* credential = nullptr;  ///< Shown to an upstream that asks for one.
    FetchTimeouts timeouts = patient_timeouts();
    std::stop_token stop = {};

    /// Those of FetchTimeouts, and no transfer slower than 1 KB/s over half a minute: whoever drips
    /// must not hold a connection for long (threat T8).
    [[nodiscard]] static FetchTimeouts patient_timeouts();
};

/// What wanted projects need, as far as the run looked for it.
struct ClosureReport {
    std::size_t needed = 0;  ///< Projects that are wanted for that alone.
    std::size_t absent = 0;  ///< Of them: asked for in this run, and the upstream has none.
    /// Files that are here and whose needs nobody knows: without a metadata text that can be read.
    std::size_t silent_files = 0;
};

/// What one run did.
struct SyncReport {
    verify::Serial from;  ///< The cursor before and after.
    verify::Serial to;
    verify::Verdict upstream;  ///< On the upstream as a whole: signer evidence, its journal. Not
                               ///< accepted: nothing was taken.
    /// What was looked at and is not unchanged: all that were refused, failed, gone or removed, and
    /// the first `most_stored` of those that were stored.
    std::vector<ProjectOutcome> projects;
    std::size_t looked_at = 0;
    std::size_t stored = 0;   ///< Projects that were stored, listed or not.
    std::size_t files = 0;    ///< Files and metadata texts downloaded.
    std::uint64_t bytes = 0;  ///< Of these.
    std::size_t pending = 0;  ///< Projects that are parked.

    /// What the journal told that was removed, yanked or quarantined upstream, and now is here,
    /// too. None in the first run of a mirror, which never offered it.
    std::size_t withdrawals = 0;
    /// The longest time from such an event, by the upstream's clock, to its commit here, by ours.
    std::chrono::seconds withdrawal_lag{0};

    std::optional<ClosureReport> closure;  ///< None: there is none, or nobody had to look.

    static constexpr std::size_t most_stored = 1000;

    /// Everything known upstream is here.
    [[nodiscard]] bool complete() const { return upstream.accepted() && pending == 0; }
};

/// All must outlive the run. The caller holds the folder's lock.
struct SyncParts {
    Catalog& catalog;
    BlobStore& blobs;
    Upstream& upstream;  ///< Asked for journal, evidence and list.
    const verify::TrustBundle& trust;
    const Clock& clock;
    EventSink& events;
    /// What is not wanted is not asked for, and goes when it is here.
    ProjectFilter filter = {};
    FileFilter files = {};  ///< The same, of the files of what is wanted.
    /// What the projects of `filter`, which names some, need is wanted too: with these extras.
    std::optional<WantedExtras> closure = std::nullopt;
};

/// Runs once.
/// @param workers  At least one: how many projects are had at once. Each is used by a thread of its
/// own.
/// @return A report, also when the upstream or some projects are refused.
/// @errors network, timeout (the upstream cannot be reached), io, denied, conflict (locally),
/// cancelled: what is stored by
///         then stays, the cursor stands before the unfinished chapter, and the next run continues.
/// @thread One run on a folder at a time. @cost Network; each file is hashed while it comes. When
/// nothing changed: one request.
[[nodiscard]] Result<SyncReport> run_sync(
    const SyncParts& parts, const std::vector<Upstream*>& workers, const SyncOptions& options
);

/// How an upstream is talked to.
struct SyncTransports {
    Transport& asking;  ///< For journal, evidence and list.
    /// At least one; as many transfers go on at once. `asking` may be among them only when it is
    /// safe from several threads.
    std::vector<Transport*> loading;
};

/// Takes the lock of a mirror's folder, opens what it holds, and runs once. Which projects are
/// wanted is read anew under the lock.
/// @errors conflict (another process holds the folder: named), invalid_argument (a master follows
/// nobody), as above.
[[nodiscard]] Result<SyncReport> sync_folder(
    const MirrorFolder& named,
    const SyncTransports& transports,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
);

}  // namespace heliograph::mirror
