// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/rollover_simulation.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

Result<ChainReport> judge(
    const SimulationInput& input,
    const ClientBundle& client,
    const ServedChain& chain,
    const ServedLeaf& leaf
) {
    return check_chain(
        {.leaf = leaf.certificate,
         .intermediates = chain.sent,
         .roots = client.roots,
         .revocation_lists = input.lists,
         .purpose = leaf.purpose,
         .at = input.at,
         .revocation =
             input.lists.empty() ? RevocationPolicy::not_checked : RevocationPolicy::required}
    );
}

// The first refusal: one is enough for the client.
Result<std::string> defect_of(
    const SimulationInput& input, const ClientBundle& client, const ServedChain& chain
) {
    for (const ServedLeaf& leaf : chain.leaves) {
        HG_TRY(const ChainReport report, judge(input, client, chain, leaf));
        if (!report.accepted()) {
            return "'" + leaf.certificate.subject() + "': " + report.summary();
        }
    }
    return std::string();
}

}  // namespace

bool Simulation::has_gap() const {
    return std::any_of(pairs.begin(), pairs.end(), [](const SimulatedPair& pair) {
        return pair.is_gap();
    });
}

std::string Simulation::gaps() const {
    std::string text;
    for (const SimulatedPair& pair : pairs) {
        if (pair.is_gap()) {
            text += (text.empty() ? "clients with " : "; clients with ") + pair.client +
                    " would refuse " + pair.chain + " (" + pair.defect + ")";
        }
    }
    return text;
}

Result<Simulation> simulate_rollover(const SimulationInput& input) {
    Simulation simulation;
    for (const ClientBundle& client : input.clients) {
        for (const ServedChain& chain : input.chains) {
            if (chain.leaves.empty()) {
                return Error(
                    ErrorCode::invalid_argument,
                    "expected a chain that begins with a certificate, saw none in " + chain.name
                );
            }
            HG_TRY(std::string defect, defect_of(input, client, chain));
            const bool met =
                client.presence == Presence::in_use && chain.presence == Presence::in_use;
            simulation.pairs.push_back(
                {client.name,
                 chain.name,
                 met ? Presence::in_use : Presence::not_in_use,
                 std::move(defect)}
            );
        }
    }
    return simulation;
}

}  // namespace heliograph::pki
