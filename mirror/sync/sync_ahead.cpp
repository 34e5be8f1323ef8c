// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/sync_ahead.hpp>
#include <mirror/sync/sync_session.hpp>

namespace heliograph::mirror {

Result<News> await_news(
    const MirrorFolder& folder,
    Transport& transport,
    const SyncOptions& options,
    const Clock& clock,
    std::chrono::seconds wait
) {
    HG_TRY(const auto following, follow_upstream(folder, options, clock));
    verify::Serial cursor;
    {
        HG_TRY(const auto catalog, folder.open_catalog());
        HG_TRY(const auto known, catalog->upstream_state());
        if (folder.marker().unsigned_terms && known.feed != UpstreamFeed::journal) {
            return News::some;  // It holds no question; what is new is the run's to ask for.
        }
        HG_TRY(const auto state, catalog->state());
        cursor = state.last_serial;
    }
    const auto upstream = open_upstream(following, transport);
    HG_TRY(const auto page, upstream->changes_since(cursor, wait));
    // A journal that was condensed or went back is for the run to judge.
    return page && page->last_serial == cursor ? News::none : News::some;
}

Result<SyncPreview> preview_folder(
    const MirrorFolder& folder,
    Transport& transport,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
) {
    HG_TRY(const auto following, follow_upstream(folder, options, clock));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    const auto upstream = open_upstream(following, transport);
    const SyncParts parts{
        .catalog = *catalog,
        .blobs = *blobs,
        .upstream = *upstream,
        .trust = following.trust,
        .clock = clock,
        .events = events,
        .filter = filter_of(folder),
        .files = folder.marker().files,
        .closure = folder.marker().closure};
    return SyncSession(parts, {upstream.get()}, options).preview();
}

}  // namespace heliograph::mirror
