// SPDX-License-Identifier: Apache-2.0
// Keeps a journal from growing for ever: the latest state of every project, a bounded history, and
// a checkpoint between the two.
//
//   newest event of each project, removals too | checkpoint | every event | last serial
//
// Whoever stands before the checkpoint cannot be told what changed and compares the whole list of
// projects instead, which is shorter than the history would be.
#pragma once

#include <mirror/store/catalog.hpp>

#include <cstdint>

namespace heliograph::mirror {

/// What a compaction did.
struct CompactionReport {
    verify::Serial checkpoint;  ///< As it stands now.
    verify::Serial last_serial;
    std::uint64_t dropped = 0;  ///< Events that are gone.
    std::uint64_t kept = 0;     ///< Events that are left.
};

/// Condenses the journal below what @p bound keeps, in one transaction, then gives the room back.
/// Killed before the commit, nothing has happened; killed after it, the next run gives the room
/// back.
/// @errors As Catalog. @thread That of the catalogue; the caller holds the folder's lock.
/// @cost Reads the journal; when events were dropped, writes the catalogue anew.
[[nodiscard]] Result<CompactionReport> compact_journal(Catalog& catalog, const HistoryBound& bound);

}  // namespace heliograph::mirror
