// SPDX-License-Identifier: Apache-2.0
// What a mirror keeps of its following: which projects are parked and why, and what the upstream
// showed.
#pragma once

#include <pki/base/clock.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// Why a change was not taken in.
enum class PendingCause {
    refused,  ///< What the upstream gave was checked and is bad.
    failed,   ///< It could not be had or read.
    gone,     ///< The upstream has no such page, and its journal does not say that it was removed.
};

/// The stable word: `refused`... @thread Safe. @cost None.
[[nodiscard]] std::string_view pending_cause_name(PendingCause cause);

/// A project whose change upstream is known and not taken in, and why. It never blocks another
/// project.
struct PendingProject {
    verify::ProjectName project;
    verify::Serial wanted;  ///< The newest serial known for it upstream.
    PendingCause cause = PendingCause::failed;
    std::string reason;  ///< One sentence of the last failure.
    std::uint32_t attempts = 0;
    Instant since;  ///< First failure of this cause in this run of failures.
    Instant last_try;
    Instant next_try;  ///< Left alone until then.

    friend bool operator==(const PendingProject&, const PendingProject&) = default;
};

/// All pending projects, counted, with those that wait longest.
struct PendingOverview {
    std::uint64_t refused = 0;
    std::uint64_t failed = 0;
    std::uint64_t gone = 0;
    std::vector<PendingProject> longest;

    [[nodiscard]] std::uint64_t total() const { return refused + failed + gone; }
};

/// Whose serials an upstream's pages have here, when nobody signs them with the page. Decided by
/// the first list of projects that is taken, for ever: one index has one count.
enum class PageNumbering {
    undecided,
    upstream,  ///< Its list and pages state them.
    own,       ///< Counted here: it states none.
};

/// How an upstream that signs nothing and counts serials tells of changes.
enum class UpstreamFeed {
    undecided,
    journal,    ///< As we do: a changelog in JSON.
    warehouse,  ///< As the main index: by XML-RPC.
    list,       ///< By its list alone.
};

/// What the upstream removed, yanked or quarantined, and this mirror followed. The lag is the time
/// from the event, by the upstream's clock, to its commit here, by ours.
struct WithdrawalRecord {
    std::uint64_t followed = 0;           ///< All of them, ever.
    std::optional<Instant> last;          ///< When the last ones took effect here.
    std::chrono::seconds last_lag{0};     ///< The longest among those.
    std::chrono::seconds longest_lag{0};  ///< The longest ever.

    friend bool operator==(const WithdrawalRecord&, const WithdrawalRecord&) = default;
};

/// What a mirror knows of its upstream, beyond what it took from it.
struct UpstreamState {
    verify::Serial last_serial;         ///< The highest serial that it showed.
    std::optional<Instant> answered;    ///< When it showed its journal last.
    std::optional<Instant> not_before;  ///< It wants to be left alone until then.
    /// When its whole list was compared last, or else when it was followed first: the next
    /// comparison is due counted from here.
    std::optional<Instant> reconciled;
    std::string list_etag;  ///< Of the list that was compared then; empty: none.

    /// Whether new signer evidence was stored and the pages were not yet judged by it to the end.
    bool pages_unjudged = false;

    /// Of an upstream that signs nothing.
    PageNumbering numbering = PageNumbering::undecided;
    UpstreamFeed feed = UpstreamFeed::undecided;

    std::string filter = {};  ///< The mark of the filter under which all here was had; empty: all.

    WithdrawalRecord withdrawals = {};

    friend bool operator==(const UpstreamState&, const UpstreamState&) = default;
};

}  // namespace heliograph::mirror
