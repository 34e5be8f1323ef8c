// SPDX-License-Identifier: Apache-2.0
// Many files at once: each on its own, whatever becomes of the others.
#pragma once

#include <mirror/fetch/fetch_crew.hpp>
#include <tools/cli/console.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace heliograph::tools::fetch_commands {

/// An error is a fault of this machine or of the question; what mirrors did is in the outcome.
using FetchAnswer = Result<mirror::FetchOutcome>;

/// Fetches all of them with as many threads as the crew has, and shows how far they are where the
/// console has bars.
/// @param report  Gets each answer in the order of the requests, as soon as it and those before it
/// are there; on this thread.
/// @cost Blocks until all are answered. @thread One thread at a time.
void fetch_in_parallel(
    mirror::FetchCrew& crew,
    const std::vector<mirror::FetchRequest>& requests,
    Console& console,
    const std::function<void(const mirror::FetchRequest&, const FetchAnswer&)>& report
);

}  // namespace heliograph::tools::fetch_commands
