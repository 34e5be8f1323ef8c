// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/dice.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/sync_watch.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::tools::mirror_commands {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

// Longer than the upstream holds a question, so that the two never race.
constexpr seconds poll{25};
constexpr seconds between_reconciliations{24 * 3600};
constexpr seconds shortest_pause{2};
constexpr seconds longest_pause{300};

class Watch {
  public:
    explicit Watch(const WatchParts& parts)
        : m_parts(parts), m_dice(mirror::Dice::fresh()), m_compared(parts.clock.now()) {}

    Result<ExitCode> run() {
        m_parts.notice.ready();
        auto options = m_parts.options;
        while (!stopped()) {
            m_parts.notice.beat();
            HG_TRY(const bool well, take_in(options));
            m_first = false;
            // What the command line asked for once is done once.
            options.parked = mirror::ParkedTries::when_due;
            options.reconcile = m_parts.clock.now() - m_compared >= between_reconciliations
                                    ? mirror::Reconcile::yes
                                    : mirror::Reconcile::no;
            if (well) {
                m_failures = 0;
                HG_CHECK(idle());
            } else {
                pause(back_off());
            }
        }
        m_parts.notice.stopping();
        return ExitCode::done;
    }

  private:
    [[nodiscard]] bool stopped() const { return m_parts.options.stop.stop_requested(); }

    // Whether the upstream may be asked on at once.
    Result<bool> take_in(const mirror::SyncOptions& options) {
        m_parts.notice.status("taking in what changed upstream");
        HG_TRY(m_wanted, wanted_now());
        const auto report = mirror::sync_folder(
            m_parts.folder, m_parts.lines, options, m_parts.clock, m_parts.events
        );
        if (!report) {
            return after_error(report.error());
        }
        if (options.reconcile == mirror::Reconcile::yes) {
            m_compared = m_parts.clock.now();
        }
        m_parts.report(*report);
        m_serial = report->to;
        m_parts.notice.status(
            report->complete() ? "complete at serial " + std::to_string(m_serial.value)
                               : "at serial " + std::to_string(m_serial.value) + ", " +
                                     counted(report->pending, "project") + " parked"
        );
        return report->upstream.accepted();
    }

    // What time may heal is told and waited for; what is wrong here ends the watch.
    Result<bool> after_error(const Error& error) {
        if (stopped()) {
            return false;
        }
        const bool passes = mirror::is_transport_failure(error) ||
                            (error.code() == ErrorCode::conflict && !m_first);
        if (!passes) {
            return error;
        }
        m_parts.console.warn(error.describe());
        m_parts.notice.status("waiting: " + error.message());
        return false;
    }

    // Until there is news, a parked project's turn has come, or nothing is known any more.
    Outcome idle() {
        HG_TRY(const auto turn, next_turn());
        while (!stopped()) {
            m_parts.notice.beat();
            const auto now = m_parts.clock.now();
            const auto left = turn ? std::max(seconds(1), seconds(*turn - now)) : poll;
            if ((turn && *turn <= now) || now - m_compared >= between_reconciliations) {
                return {};
            }
            // Its list is the run's to ask for, and not sooner than is polite.
            HG_TRY(const bool holds_questions, has_journal());
            if (!holds_questions) {
                pause(std::min(
                    jittered(m_parts.interval), milliseconds(turn ? left : m_parts.interval)
                ));
                return {};
            }
            const auto began = SteadyClock::now();
            const auto news = mirror::await_news(
                m_parts.folder,
                m_parts.lines.asking,
                m_parts.options,
                m_parts.clock,
                std::min(left, poll)
            );
            if (!news || *news == mirror::News::some) {
                return {};
            }
            HG_TRY(const auto wanted, wanted_now());
            if (wanted != m_wanted) {
                return {};  // Another filter is no news of the upstream.
            }
            // One that answers at once holds no questions, as a static tree.
            if (SteadyClock::now() - began < seconds(1)) {
                pause(jittered(m_parts.interval));
            }
        }
        return {};
    }

    // One that signs nothing may have our journal all the same.
    Result<bool> has_journal() const {
        if (!m_parts.folder.marker().unsigned_terms) {
            return true;
        }
        HG_TRY(const auto catalog, m_parts.folder.open_catalog());
        HG_TRY(const auto upstream, catalog->upstream_state());
        return upstream.feed == mirror::UpstreamFeed::journal;
    }

    // By the marker, which mirror filter changes while we run.
    Result<std::string> wanted_now() const {
        HG_TRY(const auto folder, mirror::MirrorFolder::open(m_parts.folder.path()));
        return mirror::render_marker(folder.marker());
    }

    Result<std::optional<Instant>> next_turn() const {
        HG_TRY(const auto catalog, m_parts.folder.open_catalog());
        HG_TRY(const auto parked, catalog->pending());
        HG_TRY(auto turn, catalog->next_ripe());
        for (const auto& project : parked) {
            turn = std::min(turn.value_or(project.next_try), project.next_try);
        }
        return turn;
    }

    milliseconds back_off() {
        auto length = shortest_pause;
        for (unsigned failure = 0; failure < m_failures && length < longest_pause; ++failure) {
            length *= 2;
        }
        ++m_failures;
        return jittered(std::min(length, longest_pause));
    }

    // From half to all of it, so that mirrors which lost their master do not come back together.
    milliseconds jittered(seconds length) {
        const auto most = static_cast<double>(milliseconds(length).count());
        return milliseconds(static_cast<std::int64_t>(most * (0.5 + m_dice.share() / 2)));
    }

    void pause(milliseconds length) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait_for(lock, m_parts.options.stop, length, [] { return false; });
    }

    const WatchParts& m_parts;
    mirror::Dice m_dice;
    Instant m_compared;
    std::string m_wanted;
    verify::Serial m_serial;
    unsigned m_failures = 0;
    bool m_first = true;
};

}  // namespace

Result<ExitCode> watch(const WatchParts& parts) {
    return Watch(parts).run();
}

}  // namespace heliograph::tools::mirror_commands
