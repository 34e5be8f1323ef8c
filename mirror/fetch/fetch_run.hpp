// SPDX-License-Identifier: Apache-2.0
// The work on one question to a fleet: who was asked, what each did wrong, what is there already.
// Private to this room.
#pragma once

#include <mirror/fetch/fetch_session.hpp>

namespace heliograph::mirror {

/// A requirement on its way: which file it will be.
struct FetchSession::Wish {
    const FetchRequest& request;
    const FetchWatcher& watcher;
    std::optional<FetchedFile> promised;
    std::optional<FetchedFile> file;
};

struct FetchSession::Run {
    enum class Turn { open, over };
    struct Progress {
        Turn turn = Turn::open;       ///< Whether it was asked in this round.
        Turn all_turns = Turn::open;  ///< Whether it is out of this run.
        std::optional<MirrorFailure> failure;
    };
    /// The bytes that are wanted, once a verified page says what they must be.
    struct Promise {
        std::uint64_t size_bytes = 0;   ///< 0: not known.
        std::optional<std::size_t> by;  ///< The mirror whose page it was.
    };

    std::string wanted;  ///< What the proof of a ban says was asked for.
    /// Asks one mirror. What it promises and delivers is noted here.
    std::function<Outcome(std::size_t index)> ask;
    DownloadProgress on_progress = {};
    std::vector<Progress> mirrors = {};
    std::vector<std::size_t> failed = {};  ///< In the order of their first failure.
    std::optional<Promise> promise = std::nullopt;
    std::optional<Download> download = std::nullopt;
    std::optional<std::size_t> delivered_by = std::nullopt;
};

}  // namespace heliograph::mirror
