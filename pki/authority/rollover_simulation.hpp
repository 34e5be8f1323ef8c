// SPDX-License-Identifier: Apache-2.0
// Every client against every server chain: who would be refused, and why. Pure: evidence in,
// judgement out.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/revocation_list.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// Whether a client or a chain is out there in a step: what both sides have must work.
enum class Presence { in_use, not_in_use };

/// Clients that trust the same roots.
struct ClientBundle {
    std::string name;  ///< `the old root only`
    std::vector<Certificate> roots;
    Presence presence = Presence::in_use;
};

/// A certificate that is shown to clients, and for what.
struct ServedLeaf {
    Certificate certificate;
    ChainPurpose purpose;  ///< `any` for an authority that has issued nothing yet.
};

/// Servers that send the same certificates along.
struct ServedChain {
    std::string name;  ///< `the new chain with cross-certificates`
    std::vector<ServedLeaf> leaves;
    std::vector<Certificate> sent;  ///< Beside the leaf.
    Presence presence = Presence::in_use;
};

/// A world at one moment.
struct SimulationInput {
    std::vector<ClientBundle> clients;
    std::vector<ServedChain> chains;
    /// What clients know of revocation. With none, it is not asked for; else every certificate of
    /// a chain needs a current list, as the strictest client demands.
    std::vector<RevocationList> lists;
    Instant at;
};

struct SimulatedPair {
    std::string client;
    std::string chain;
    Presence presence;   ///< in_use: both sides are out there, so it must work.
    std::string defect;  ///< Why it does not work; empty if it does.

    [[nodiscard]] bool works() const { return defect.empty(); }
    [[nodiscard]] bool is_gap() const { return presence == Presence::in_use && !works(); }
};

struct Simulation {
    std::vector<SimulatedPair> pairs;  ///< Client by client.

    [[nodiscard]] bool has_gap() const;
    /// Every gap in one sentence each, for a refusal: client, chain, cause. Empty without one.
    [[nodiscard]] std::string gaps() const;
};

/// Judges each leaf of each chain as each client would, with check_chain() and the rules for
/// private authorities. A chain works when all of its leaves do.
/// @errors invalid_argument (a client without roots, a chain without leaves), too_large, crypto.
/// @thread Safe. @cost One path validation for each client and leaf.
[[nodiscard]] Result<Simulation> simulate_rollover(const SimulationInput& input);

}  // namespace heliograph::pki
