// SPDX-License-Identifier: Apache-2.0
// What stands for a whole run of `fetch`: trust, what is known of mirrors, and the threads that
// ask them.
#pragma once

#include <mirror/fetch/fetch_crew.hpp>
#include <pki/base/clock.hpp>
#include <tools/commands/fetch/fetch_options.hpp>
#include <tools/commands/fetch/scratch_folder.hpp>
#include <tools/commands/fleet_state.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace heliograph::tools::fetch_commands {

/// @thread One thread; its crew's threads look at nothing that changes.
class FetchHouse {
  public:
    /// @errors Those of load_trust(), load_trust_state(), make_client_context(), find_mirrors().
    [[nodiscard]] static Result<std::unique_ptr<FetchHouse>> open(
        const FetchOptions& options, Console& console
    );

    explicit FetchHouse(FleetState fleet) : m_fleet(std::move(fleet)) {}

    [[nodiscard]] mirror::FetchCrew& crew() { return *m_crew; }
    /// The base URL of the first mirror of the list.
    [[nodiscard]] const mirror::Url& first_mirror() const { return *m_first_mirror; }

    /// For files that are read and not kept; made when it is asked for first. @errors io, denied.
    [[nodiscard]] Result<std::filesystem::path> scratch();

    /// Ends the crew and keeps what it learnt: serials seen bind later runs.
    /// @errors As save_trust_state(). What cannot be kept of mirrors is a warning.
    [[nodiscard]] Outcome close(Console& console);

  private:
    verify::TrustBundle m_trust;
    std::vector<std::filesystem::path> m_state_files;  ///< None with --no-verify.
    SystemClock m_clock;
    FleetState m_fleet;
    std::optional<mirror::Url> m_first_mirror;
    std::optional<Error> m_unkept;  ///< Why health could not be kept; guarded by the crew.
    std::optional<ScratchFolder> m_scratch;
    std::shared_ptr<mirror::FileCache> m_cache;  ///< Null: none.
    std::shared_ptr<mirror::PageCache> m_pages;  ///< Null: none.
    std::optional<mirror::FetchCrew> m_crew;     ///< The last: its threads use the rest.
};

}  // namespace heliograph::tools::fetch_commands
