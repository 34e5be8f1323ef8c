// SPDX-License-Identifier: Apache-2.0
// `mirror verify`: every stored byte against the catalogue, the catalogue's pages against their
// signatures, and the mending of what is damaged from the upstream.
#pragma once

#include <mirror/sync/sync_run.hpp>

#include <vector>

namespace heliograph::mirror {

/// What to do about damage.
enum class Repair {
    no,   ///< Report it.
    yes,  ///< Fetch it again through the gates (a mirror); what cannot be mended is taken out of
          ///< service.
};

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
    std::size_t orphans = 0;  ///< Blobs that no record names; removed with Repair::yes.
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
    Upstream* upstream = nullptr;  ///< Null on a master: there is nowhere to repair from.
};

/// Hashes every blob, checks every page, compares pages with records.
/// @errors io, denied, cancelled; network, timeout while repairing.
/// @thread Under the folder's lock. @cost Reads everything once.
[[nodiscard]] Result<ScrubReport> scrub(const ScrubParts& parts, Repair repair);

/// Takes the folder's lock, opens what it holds, and scrubs once.
/// @param transport  For repairs; null where none are asked for.
/// @errors conflict (another process holds the folder), invalid_argument (repair of a master), as
/// above.
[[nodiscard]] Result<ScrubReport> scrub_folder(
    const MirrorFolder& folder,
    Transport* transport,
    Repair repair,
    const Clock& clock,
    EventSink& events
);

}  // namespace heliograph::mirror
