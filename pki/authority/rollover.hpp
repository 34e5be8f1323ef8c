// SPDX-License-Identifier: Apache-2.0
// The change from one root, intermediate or page signer to the next without a client noticing: what
// is asked for, the steps of it, and what a simulation of every client says before each.
//
//   root          a new root, cross-certificates both ways, and a new intermediate below the new
//                 root; new chains carry the new root as vouched for by the old one, so that
//                 clients of either root follow them
//   intermediate  a new intermediate below the same root
//   signer        a new page signer beside the old one
//
//   planned --start--> overlap: both are good --finish--> the old one is retired
#pragma once

#include <pki/authority/ledger_entry.hpp>
#include <pki/authority/rollover_simulation.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/encrypted_key.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

enum class RolloverTarget { root, intermediate, signer };

/// `root`, `intermediate`, `signer`. @errors invalid_argument for parse_rollover_target.
[[nodiscard]] std::string_view rollover_target_name(RolloverTarget target);
[[nodiscard]] Result<RolloverTarget> parse_rollover_target(std::string_view text);

struct RolloverRequest {
    RolloverTarget target = RolloverTarget::intermediate;
    /// Signer only: whose successor is wanted. Empty: that of the only valid one.
    std::string signer = {};
    /// Signer only: how the successor's key is written: under a passphrase, if the old one is.
    KeyLock key_lock = {};
    /// Root and intermediate only: keys that are in a device already and stay there, as in
    /// AuthorityRequest. A key in a device is followed by one that is named here; empty: one in a
    /// file by one that is made. The device's library is that of the keys which are here, or the
    /// one in DeviceAccess.
    std::string root_key_uri = {};
    std::string intermediate_key_uri = {};
};

/// What becomes of certificates under the old intermediate that were not renewed.
enum class LeftOver { refused, revoked };

/// Whether the old root's clients are known to have the new one: only people can know.
enum class ClientsHaveNewRoot { unknown, yes };

struct RolloverFinish {
    RolloverTarget target = RolloverTarget::intermediate;
    LeftOver left_over = LeftOver::refused;
    ClientsHaveNewRoot clients = ClientsHaveNewRoot::unknown;  ///< Root only.
};

enum class RolloverPhase { planned, overlap, finished };

/// `planned`, `overlap`, `finished`.
[[nodiscard]] std::string_view rollover_phase_name(RolloverPhase phase);

/// One step, in words, and what clients would see after it.
struct RolloverStep {
    enum class State { done, now, later };
    std::string id;  ///< `start`, `distribute`, `renew`, `resign`, `finish`, `tidy`.
    State state = State::later;
    std::string who;
    std::vector<std::string> acts;  ///< Sentences, and commands as typed.
    Simulation simulation = {};
};

/// Where a rollover is and what is left to do.
struct RolloverReport {
    RolloverTarget target;
    RolloverPhase phase;
    std::string old_name;  ///< Of the certificate that goes.
    std::string old_serial;
    Instant old_not_after;
    std::string new_name;
    std::string new_serial = {};  ///< Empty while planned.
    Instant new_not_after;
    /// Planned: how keys in devices are named to the start, ` --root-key URI`; empty: there is
    /// none.
    std::string key_options = {};
    std::optional<Instant> started_at = {};
    std::optional<Instant> finished_at = {};
    std::vector<RolloverStep> steps = {};
    /// Valid certificates of the old intermediate whose name has none of the new one. Oldest first.
    std::vector<LedgerEntry> remaining = {};
    /// Those whose name has: they stay good until their end or the last step.
    std::vector<LedgerEntry> renewed = {};
    std::vector<std::string> warnings = {};
};

}  // namespace heliograph::pki
