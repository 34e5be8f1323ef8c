// SPDX-License-Identifier: Apache-2.0
// `mirror verify`: every stored byte against the catalogue, the catalogue's pages against their
// signatures, and the mending of what is damaged from the upstream.
#pragma once

#include <mirror/sync/sync_run.hpp>

#include <vector>

namespace heliograph::mirror {

/// One project with damage.
struct ScrubDamage {
    enum class State { found, repaired, lost };

    verify::ProjectName project;
    State state = State::found;
    verify::Verdict verdict;  ///< `stored-blob-damaged`, `stored-blob-missing`,
                              ///< `stored-page-damaged`, those of the page gate.
    std::string reason;       ///< Why it could not be repaired.
};

struct ScrubReport {
    std::size_t projects = 0;
    std::size_t blobs = 0;
    std::uint64_t bytes = 0;
    std::size_t orphans = 0;  ///< Blobs that no record names; removed when repairing.
    std::vector<ScrubDamage> damage;

    /// Nothing is damaged any more.
    [[nodiscard]] bool sound() const;
};

/// What a scrub works on. The caller holds the folder's lock.
struct ScrubParts {
    Catalog& catalog;
    BlobStore& blobs;
    const verify::TrustBundle& trust;
    const Clock& clock;
    EventSink& events;
    /// Null: nothing is repaired. A master has nowhere to repair from.
    Upstream* upstream = nullptr;
};

/// Hashes every blob, checks every page under the policy of the options, compares pages with
/// records. With an upstream, what is damaged is fetched again through the gates of sync; a damaged
/// blob that cannot be had leaves service.
/// @errors io, denied, cancelled; network, timeout while repairing.
/// @thread Under the folder's lock. @cost Reads everything once.
[[nodiscard]] Result<ScrubReport> scrub(const ScrubParts& parts, const SyncOptions& options);

/// Takes the folder's lock, opens what it holds, and scrubs once.
/// @param transport  Damage is repaired through it; null: it is reported.
/// @errors conflict (another process holds the folder), invalid_argument (repair of a master), as
/// above.
[[nodiscard]] Result<ScrubReport> scrub_folder(
    const MirrorFolder& folder,
    Transport* transport,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
);

}  // namespace heliograph::mirror
