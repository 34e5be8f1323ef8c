// SPDX-License-Identifier: Apache-2.0
// The master's sums of what all mirrors gave out. PEP 381, "Statistics page".
//
//   each mirror: /local-stats/days/D.bz2 -> stats/columns/<mirror>/D.bz2   kept apart, once each
//   own days + columns -> stats/days/D.bz2 -> stats/months/M.bz2           made anew when they
//   change
//
// Every step is repeatable: killed at any moment and run again, it completes.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/net/url.hpp>
#include <mirror/statistics/bounded_sum.hpp>
#include <mirror/statistics/statistics_files.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Whether a row is about a file that this index has or had: what a mirror invents is not summed.
using KnownFile = std::function<Result<bool>(const AccessKey&)>;

struct CollectRequest {
    std::filesystem::path folder;  ///< Of the master. The caller holds its lock.
    std::vector<Url> mirrors;      ///< Base URLs; each is asked over https.
    std::optional<pki::ClientContext> trust = std::nullopt;
    StatisticsDay today;          ///< Days before it are asked for.
    std::chrono::days reach{35};  ///< So many of them.
    SumBounds bounds = {};
    FetchTimeouts timeouts = {};
    std::stop_token stop = {};
};

/// What one mirror gave.
struct MirrorColumn {
    Url mirror;
    std::size_t days = 0;     ///< That came now.
    std::size_t missing = 0;  ///< That it does not have (yet).
    /// What was wrong with it: nothing of that answer counts, and its other days do.
    std::vector<Error> failures;
};

struct CollectReport {
    std::vector<MirrorColumn> columns;
    std::size_t days_summed = 0;  ///< Files of sums that are new or changed.
    std::size_t months_summed = 0;
    /// Files of the master itself that could not be read; the sums are made without them.
    std::vector<Error> failures;

    [[nodiscard]] bool complete() const;
};

/// The name of a mirror's column: letters of the digest of its URL. @thread Safe.
[[nodiscard]] std::string column_name(const Url& mirror);

/// Asks all mirrors, then sums.
/// @return A report, also when mirrors fail.
/// @errors denied, io, cancelled.
/// @thread One run on a folder at a time. @cost One request for each day that is not here yet; one
/// sum and one text of a day in memory.
[[nodiscard]] Result<CollectReport> collect_statistics(
    const CollectRequest& request, Transport& transport, const KnownFile& known
);

}  // namespace heliograph::mirror
