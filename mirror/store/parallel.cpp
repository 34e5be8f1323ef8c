// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/parallel.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace heliograph::mirror {

namespace {

std::size_t thread_count(Workers workers, std::size_t pieces) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    return std::min(workers.count == 0 ? cores : workers.count, pieces);
}

}  // namespace

Outcome for_each_piece(
    std::size_t pieces, Workers workers, const std::function<Outcome(std::size_t)>& work
) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::size_t failed_piece = pieces;
    std::optional<Error> failure;
    const auto run = [&] {
        while (!failed.load()) {
            const auto piece = next.fetch_add(1);
            if (piece >= pieces) {
                return;
            }
            auto done = work(piece);
            if (!done) {
                failed.store(true);
                const std::lock_guard lock(mutex);
                if (piece < failed_piece) {
                    failed_piece = piece;
                    failure = std::move(done).error();
                }
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        try {
            for (std::size_t started = 1; started < thread_count(workers, pieces); ++started) {
                threads.emplace_back(run);
            }
        } catch (const std::system_error&) {
            // The machine gives no more: fewer do the same.
        }
        run();
    }
    return failure ? Outcome(*std::move(failure)) : Outcome();
}

}  // namespace heliograph::mirror
