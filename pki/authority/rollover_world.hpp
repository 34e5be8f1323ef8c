// SPDX-License-Identifier: Apache-2.0
// Private: which clients and which chains there are at each moment of a rollover.
#pragma once

#include <pki/authority/rollover.hpp>

#include <vector>

namespace heliograph::pki {

/// The certificates that a rollover is about, entered in the ledger or still in memory alone.
struct RolloverParts {
    RolloverTarget target;
    std::vector<Certificate> old_roots;  ///< What clients trusted before it.
    std::vector<Certificate> new_roots;  ///< What they trust when it is over; the same but for a
                                         ///< root.
    std::vector<Certificate> old_sent;   ///< The old intermediate.
    std::vector<Certificate> new_sent;   ///< The new one.
    std::vector<Certificate> new_by_old = {};  ///< The new root, vouched for by the old one.
    std::vector<Certificate> old_by_new = {};
    std::vector<ServedLeaf> old_leaves;
    std::vector<ServedLeaf> new_leaves;
    std::vector<RevocationList> lists;
    Presence old_chain = Presence::in_use;  ///< Not so when it works for nobody today.
};

/// From the start on, old and new are out there; at the end, the new alone.
enum class RolloverMoment { overlap, end };

/// @errors As simulate_rollover(). @thread Safe.
[[nodiscard]] Result<Simulation> simulate_moment(
    const RolloverParts& parts, RolloverMoment moment, ClientsHaveNewRoot clients, Instant at
);

/// The steps in words, without simulations: all `later`.
/// @param report  With everything else filled.
[[nodiscard]] std::vector<RolloverStep> rollover_steps(const RolloverReport& report);

}  // namespace heliograph::pki
