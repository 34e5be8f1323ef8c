// SPDX-License-Identifier: Apache-2.0
// Private: what the simulation of a rollover is fed with, out of the ledger and the folder.
#pragma once

#include <pki/authority/authority_state.hpp>
#include <pki/authority/rollover_world.hpp>

#include <string>
#include <vector>

namespace heliograph::pki {

/// The newest valid end certificate of each kind that these issuers signed: one stands for all.
[[nodiscard]] std::vector<LedgerEntry> newest_of_each_kind(
    const std::vector<LedgerEntry>& entries, const std::vector<Certificate>& issuers, Instant now
);

/// Whether two rows are of one kind and name: one follows the other.
[[nodiscard]] bool is_of_same_name(const LedgerEntry& one, const LedgerEntry& other);

/// The newest valid certificate of the same name and kind, for it may have been renewed since; the
/// row itself when none is valid.
[[nodiscard]] LedgerEntry newest_like(
    const std::vector<LedgerEntry>& entries, const LedgerEntry& row, Instant now
);

/// These certificates with what they are for; without any, the authority itself.
[[nodiscard]] Result<std::vector<ServedLeaf>> served_leaves(
    Ledger& ledger, const std::vector<LedgerEntry>& entries, const Certificate& authority
);
/// One certificate for each that it is shown for: a peer is server and client.
[[nodiscard]] std::vector<ServedLeaf> served_as(const Certificate& certificate, LeafKind kind);

/// Fills `remaining` and `renewed` with the valid end certificates of the old issuers.
void split_leaves(
    const std::vector<LedgerEntry>& entries,
    const std::vector<Certificate>& old_issuers,
    Instant now,
    RolloverReport& report
);

/// Whether a certificate of ours is neither revoked nor expired.
[[nodiscard]] Result<Presence> presence_of(
    Ledger& ledger, const Certificate& certificate, Instant now
);

/// Lists as they would be published with @p more revoked, for a simulation: nobody gets them.
[[nodiscard]] Result<std::vector<RevocationList>> lists_in_memory(
    Ledger& ledger,
    const std::vector<IssuerView>& issuers,
    const std::vector<LedgerEntry>& more,
    Instant now
);

/// Adds the steps, where they stand, and the simulation of each.
[[nodiscard]] Outcome add_steps(RolloverReport& report, const RolloverParts& parts, Instant now);

/// @errors refused: the sentence names every client and chain that would not work.
[[nodiscard]] Outcome refuse_gaps(const Simulation& simulation, std::string_view step);

}  // namespace heliograph::pki
