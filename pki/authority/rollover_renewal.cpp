// SPDX-License-Identifier: Apache-2.0
// The part of a rollover that is about renewals: with each, somebody begins to send the new chain.
#include <pki/authority/rollover_run.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

// Of each client the first chain is the old one. Whoever refuses that already loses nothing.
Outcome refuse_lost_clients(const Simulation& simulation, const std::string& name) {
    const auto takes_old = [&simulation](const SimulatedPair& seen) {
        const auto old = std::find_if(
            simulation.pairs.begin(),
            simulation.pairs.end(),
            [&seen](const SimulatedPair& pair) { return pair.client == seen.client; }
        );
        return old->works();
    };
    for (const SimulatedPair& pair : simulation.pairs) {
        if (pair.is_gap() && takes_old(pair)) {
            return Error(
                ErrorCode::refused,
                "expected every client that takes the certificate " + name +
                    " to take its successor, saw that a client with " + pair.client +
                    " would refuse " + pair.chain + ": " + pair.defect +
                    "; nothing was changed; when all clients have root.crt, end the rollover with "
                    "'pki rollover finish' and issue " +
                    name + " anew"
            );
        }
    }
    return {};
}

}  // namespace

Outcome RolloverRun::check_successor(const LedgerEntry& old, const Certificate& made) {
    const auto olds = retiring(IssuerRole::intermediate);
    const auto issuer = std::find_if(olds.begin(), olds.end(), [&old](const Certificate& one) {
        return one.serial_hex() == old.issuer_serial;
    });
    if (issuer == olds.end()) {
        return {};
    }
    for (const RolloverTarget target : {RolloverTarget::root, RolloverTarget::intermediate}) {
        HG_TRY(const auto row, m_state.ledger.last_rollover(target));
        if (!row || row->finished_at) {
            continue;
        }
        HG_TRY(const LeafKind kind, parse_leaf_kind(old.kind));
        HG_TRY(const Certificate before, m_state.ledger.certificate(old.serial_hex));
        RolloverParts parts = issuers_of(target);
        parts.old_leaves = served_as(before, kind);
        parts.new_leaves = served_as(made, kind);
        parts.old_sent = {*issuer};
        parts.old_chain = Presence::in_use;
        // Lists are made anew behind the renewal, whatever lies there now.
        HG_TRY(
            const Simulation simulation,
            simulate_moment(parts, RolloverMoment::overlap, ClientsHaveNewRoot::yes, m_now)
        );
        HG_CHECK(refuse_lost_clients(simulation, old.name));
    }
    return {};
}

}  // namespace heliograph::pki
