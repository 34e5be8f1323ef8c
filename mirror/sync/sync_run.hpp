// SPDX-License-Identifier: Apache-2.0
// One run of `mirror sync`: what changed upstream since the cursor, judged by the gates that
// clients use, stored, and the cursor last.
//
//   evidence -> journal page -> for each project {page, signatures -> judge -> files, metadata ->
//   commit}
//            -> commit {journal rows, pending projects, cursor}                      (again while
//            there is more)
//
// A project that is refused or cannot be had is pending: recorded with its reason, tried again by
// every run, in nobody's way. A run that is killed at any point is continued by the next, which
// fetches at most the file in flight again.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/sync/project_outcome.hpp>
#include <mirror/sync/upstream.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/x509/credential.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/policy.hpp>
#include <verify/verdict/verdict.hpp>

#include <chrono>
#include <stop_token>
#include <vector>

namespace heliograph::mirror {

/// Whether the run compares the whole list of projects, beyond the journal: finds changes and
/// removals that were never journalled (threat T23).
enum class Reconcile { no, yes };

struct SyncOptions {
    verify::PagePolicy policy = verify::default_page_policy();
    Reconcile reconcile = Reconcile::no;
    /// How long a page must be gone without a journalled removal before the local copy goes too.
    std::chrono::seconds gone_patience{600};
    /// For sync_folder() and scrub_folder(), which reach the upstream themselves.
    const pki::Credential* credential = nullptr;  ///< Shown to an upstream that asks for one.
    FetchTimeouts timeouts = {};
    std::stop_token stop = {};
};

/// What one run did.
struct SyncReport {
    verify::Serial from;  ///< The cursor before and after.
    verify::Serial to;
    verify::Verdict upstream;  ///< On the upstream as a whole: signer evidence, its journal. Not
                               ///< accepted: nothing was taken.
    std::vector<ProjectOutcome> projects;  ///< All that were looked at, unchanged ones left out.
    std::size_t looked_at = 0;
    std::size_t pending = 0;  ///< Projects that wait for the next run.

    /// Everything known upstream is here.
    [[nodiscard]] bool complete() const { return upstream.accepted() && pending == 0; }
};

/// All must outlive the run. The caller holds the folder's lock.
struct SyncParts {
    Catalog& catalog;
    BlobStore& blobs;
    Upstream& upstream;
    const verify::TrustBundle& trust;
    const Clock& clock;
    EventSink& events;
};

/// Runs once.
/// @return A report, also when the upstream or some projects are refused.
/// @errors network, timeout (the upstream cannot be reached), io, denied, conflict (locally),
/// cancelled: what is stored by
///         then stays, the cursor stands before the unfinished page, and the next run continues.
/// @thread One run on a folder at a time. @cost Network; each file is hashed while it comes.
[[nodiscard]] Result<SyncReport> run_sync(const SyncParts& parts, const SyncOptions& options);

/// Takes the lock of a mirror's folder, opens what it holds, and runs once.
/// @errors conflict (another process holds the folder: named), invalid_argument (a master follows
/// nobody), as above.
[[nodiscard]] Result<SyncReport> sync_folder(
    const MirrorFolder& folder,
    Transport& transport,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
);

}  // namespace heliograph::mirror
