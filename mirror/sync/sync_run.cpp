// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/sync_run.hpp>
#include <mirror/sync/sync_session.hpp>

#include <memory>
#include <utility>

namespace heliograph::mirror {

FetchTimeouts SyncOptions::patient_timeouts() {
    FetchTimeouts timeouts;
    timeouts.rate_floor_bytes_per_second = 1000;
    timeouts.rate_window = std::chrono::seconds(30);
    return timeouts;
}

Result<SyncReport> run_sync(
    const SyncParts& parts, const std::vector<Upstream*>& workers, const SyncOptions& options
) {
    return SyncSession(parts, workers, options).run();
}

Result<SyncReport> sync_folder(
    const MirrorFolder& named,
    const SyncTransports& transports,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
) {
    HG_TRY(const auto lock, named.lock());
    // Another filter may have been chosen since the folder was opened, perhaps days ago.
    HG_TRY(const auto folder, MirrorFolder::open(named.path()));
    HG_TRY(const auto following, follow_upstream(folder, options, clock));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    const auto upstream = open_upstream(following, transports.asking);
    std::vector<std::unique_ptr<Upstream>> loading;
    std::vector<Upstream*> workers;
    for (auto* const transport : transports.loading) {
        loading.push_back(open_upstream(following, *transport));
        workers.push_back(loading.back().get());
    }
    return run_sync(
        {.catalog = *catalog,
         .blobs = *blobs,
         .upstream = *upstream,
         .trust = following.trust,
         .clock = clock,
         .events = events,
         .filter = filter_of(folder),
         .files = folder.marker().files,
         .closure = folder.marker().closure},
        workers,
        options
    );
}

}  // namespace heliograph::mirror
