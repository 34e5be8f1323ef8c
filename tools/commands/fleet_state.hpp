// SPDX-License-Identifier: Apache-2.0
// What clients keep of mirrors between runs: health and the evidence of bans, below the XDG state
// home.
#pragma once

#include <mirror/fetch/fetch_session.hpp>
#include <mirror/fleet/fleet.hpp>
#include <mirror/fleet/health_store.hpp>
#include <pki/base/result.hpp>
#include <tools/cli/console.hpp>

#include <filesystem>
#include <optional>

namespace heliograph::tools {

/// @thread One thread.
class FleetState {
  public:
    /// Without a state home, or when the database cannot be used, fetching goes on without it (a
    /// warning says why): nothing that verification stands on is kept here.
    [[nodiscard]] static FleetState open(Console& console);

    /// The mirrors of the list with what is known of them.
    [[nodiscard]] mirror::Fleet fleet_of(const mirror::MirrorList& list) const;

    /// Says why what is known of mirrors is of no use in this run.
    static void warn_of(Console& console, const Error& error);

    /// Keeps what happened to mirrors; without a store, nothing.
    /// @errors As HealthStore::record().
    [[nodiscard]] Outcome keep(const std::vector<mirror::NotedEvent>& noted);

    [[nodiscard]] const mirror::KnownHealth& known() const { return m_known; }

    /// For FetchConduct. Empty without a state home.
    [[nodiscard]] std::function<Result<std::filesystem::path>(const mirror::MirrorEvidence&)>
    evidence_keeper() const;

    /// @errors As HealthStore::lift_ban(); io when there is no database.
    [[nodiscard]] Result<mirror::LiftedBan> lift_ban(const mirror::Url& mirror);

  private:
    std::optional<std::filesystem::path> m_home;
    std::optional<mirror::HealthStore> m_store;
    mirror::KnownHealth m_known;
};

}  // namespace heliograph::tools
