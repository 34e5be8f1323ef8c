// SPDX-License-Identifier: Apache-2.0
// `mirror sync --watch`: one run after the other, as soon as the upstream has news.
#pragma once

#include <mirror/net/service_notice.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/sync/sync_ahead.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>

#include <chrono>
#include <functional>

namespace heliograph::tools::mirror_commands {

/// All outlive the watch.
struct WatchParts {
    const mirror::MirrorFolder& folder;
    const mirror::SyncTransports& lines;
    const mirror::SyncOptions& options;  ///< With the token that ends the watch.
    const Clock& clock;
    EventSink& events;
    Console& console;
    mirror::ServiceNotice& notice;
    /// How long an upstream that does not hold our question is left alone.
    std::chrono::seconds interval;
    /// Tells what a run did.
    std::function<void(const mirror::SyncReport&)> report;
};

/// Follows until it is told to stop, which is its success. What is wrong with the upstream is told
/// and tried again after a growing, jittered pause; the whole list is compared once a day.
/// @errors What is wrong here: io, denied, malformed, conflict (in the first run: another process
/// is at work).
[[nodiscard]] Result<ExitCode> watch(const WatchParts& parts);

}  // namespace heliograph::tools::mirror_commands
