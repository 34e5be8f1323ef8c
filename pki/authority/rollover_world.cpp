// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/rollover_world.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

using Certificates = std::vector<Certificate>;

Certificates joined(Certificates first, const Certificates& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

Presence when(bool in_use) {
    return in_use ? Presence::in_use : Presence::not_in_use;
}

// What is still published when the old one is gone.
std::vector<RevocationList> lists_at_the_end(const RolloverParts& parts) {
    const Certificates issuers = joined(parts.new_roots, parts.new_sent);
    std::vector<RevocationList> kept;
    std::copy_if(
        parts.lists.begin(),
        parts.lists.end(),
        std::back_inserter(kept),
        [&issuers](const RevocationList& list) {
            return std::any_of(issuers.begin(), issuers.end(), [&list](const Certificate& issuer) {
                return issuer.subject() == list.issuer();
            });
        }
    );
    return kept;
}

std::vector<ClientBundle> root_clients(
    const RolloverParts& parts, RolloverMoment moment, ClientsHaveNewRoot clients
) {
    const bool over = moment == RolloverMoment::end;
    // In the overlap nobody is given the new root alone, and at the end nobody may be left with the
    // old one.
    return {
        {"the old root only",
         parts.old_roots,
         when(!over || clients == ClientsHaveNewRoot::unknown)},
        {"both roots", joined(parts.new_roots, parts.old_roots), Presence::in_use},
        {"the new root only", parts.new_roots, when(over)}};
}

std::vector<ServedChain> root_chains(const RolloverParts& parts, RolloverMoment moment) {
    const bool over = moment == RolloverMoment::end;
    const Presence old_chain = over ? Presence::not_in_use : parts.old_chain;
    const Certificates both = joined(parts.new_by_old, parts.old_by_new);
    return {
        {"the old chain", parts.old_leaves, parts.old_sent, old_chain},
        {"the old chain with the old root by the new one",
         parts.old_leaves,
         joined(parts.old_sent, parts.old_by_new),
         Presence::not_in_use},
        {"the new chain", parts.new_leaves, parts.new_sent, when(over)},
        {"the new chain with the new root by the old one",
         parts.new_leaves,
         joined(parts.new_sent, parts.new_by_old),
         Presence::in_use},
        {"the new chain with both cross-certificates",
         parts.new_leaves,
         joined(parts.new_sent, both),
         Presence::not_in_use}};
}

std::vector<ServedChain> plain_chains(const RolloverParts& parts, RolloverMoment moment) {
    const bool signer = parts.target == RolloverTarget::signer;
    const Presence old_chain =
        moment == RolloverMoment::end ? Presence::not_in_use : parts.old_chain;
    return {
        {signer ? "pages of the old signer" : "the old chain",
         parts.old_leaves,
         parts.old_sent,
         old_chain},
        {signer ? "pages of the new signer" : "the new chain",
         parts.new_leaves,
         parts.new_sent,
         Presence::in_use}};
}

}  // namespace

Result<Simulation> simulate_moment(
    const RolloverParts& parts, RolloverMoment moment, ClientsHaveNewRoot clients, Instant at
) {
    SimulationInput input{
        .clients = {{"the root", parts.new_roots, Presence::in_use}},
        .chains = {},
        .lists = moment == RolloverMoment::end ? lists_at_the_end(parts) : parts.lists,
        .at = at};
    if (parts.target == RolloverTarget::root) {
        input.clients = root_clients(parts, moment, clients);
        input.chains = root_chains(parts, moment);
    } else {
        input.chains = plain_chains(parts, moment);
    }
    return simulate_rollover(input);
}

}  // namespace heliograph::pki
