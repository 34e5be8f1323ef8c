// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/fetch/parallel_fetch.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace heliograph::tools::fetch_commands {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto redraw_interval = std::chrono::milliseconds(100);

/// One file as whoever watches sees it.
struct Row {
    std::string label;
    std::uint64_t done_bytes = 0;
    std::uint64_t size_bytes = 0;
    std::optional<SteadyClock::time_point> started;
    std::optional<FetchAnswer> answer;
};

/// What the threads tell, and the one who waits for them.
class Watch {
  public:
    explicit Watch(std::size_t requests) : m_rows(requests) {}

    mirror::FetchWatcher watcher_of(std::size_t index) {
        mirror::FetchWatcher watcher;
        watcher.on_start = [this, index](const verify::PageFile& file, const mirror::Url&) {
            const std::lock_guard lock(m_mutex);
            auto& row = m_rows[index];
            row.label = file.name.text();
            row.size_bytes = file.size_bytes.value_or(0);
            row.started = row.started.value_or(SteadyClock::now());
        };
        watcher.on_progress = [this, index](std::uint64_t done_bytes) {
            const std::lock_guard lock(m_mutex);
            m_rows[index].done_bytes = done_bytes;
        };
        return watcher;
    }

    void finish(std::size_t index, FetchAnswer answer) {
        {
            const std::lock_guard lock(m_mutex);
            m_rows[index].answer = std::move(answer);
        }
        m_changed.notify_all();
    }

    /// The answer once it is there. @param draw  Called now and then while it is not.
    template <typename Draw>
    FetchAnswer wait_for(std::size_t index, Draw draw) {
        std::unique_lock lock(m_mutex);
        const auto is_there = [&] { return m_rows[index].answer.has_value(); };
        while (!m_changed.wait_for(lock, redraw_interval, is_there)) {
            auto figures = figures_of_all();
            lock.unlock();
            draw(std::move(figures));
            lock.lock();
        }
        return *std::exchange(m_rows[index].answer, std::nullopt);
    }

    void forget(std::size_t index) {
        const std::lock_guard lock(m_mutex);
        m_told = index + 1;
    }

  private:
    // Under way one line each, and all together at the end.
    std::vector<ProgressFigures> figures_of_all() const {
        const auto now = SteadyClock::now();
        std::vector<ProgressFigures> figures;
        ProgressFigures all{.label = {}, .unit = ProgressUnit::bytes, .elapsed = now - m_started};
        std::size_t done = m_told;
        bool whole = true;
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            const auto& row = m_rows[i];
            const bool is_over = i < m_told || row.answer;
            done += i >= m_told && row.answer ? 1U : 0U;
            all.done += row.done_bytes;
            all.total += row.size_bytes;
            whole = whole && (is_over || row.size_bytes > 0);
            if (!is_over && row.started) {
                figures.push_back(
                    {row.label,
                     ProgressUnit::bytes,
                     row.done_bytes,
                     row.size_bytes,
                     now - *row.started}
                );
            }
        }
        all.label = std::to_string(done) + " of " + counted(m_rows.size(), "file");
        // Until every page is there nobody knows how much it will be.
        all.total = whole ? all.total : 0;
        figures.push_back(std::move(all));
        return figures;
    }

    const SteadyClock::time_point m_started = SteadyClock::now();
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<Row> m_rows;
    std::size_t m_told = 0;  ///< So many answers were taken, from the first on.
};

mirror::FetchCrew::Task task_of(
    const std::shared_ptr<Watch>& watch, const mirror::FetchRequest& request, std::size_t index
) {
    mirror::FetchCrew::Task task;
    task.work = [watch, &request, index](mirror::FetchSession& session) {
        // Told when the crew knows what the session learnt on the way.
        auto answer = session.fetch(request, watch->watcher_of(index));
        return mirror::FetchCrew::Announcement([watch, index, answer = std::move(answer)] {
            watch->finish(index, answer);
        });
    };
    task.fail = [watch, index](const Error& error) { watch->finish(index, error); };
    return task;
}

}  // namespace

void fetch_in_parallel(
    mirror::FetchCrew& crew,
    const std::vector<mirror::FetchRequest>& requests,
    Console& console,
    const std::function<void(const mirror::FetchRequest&, const FetchAnswer&)>& report
) {
    const auto watch = std::make_shared<Watch>(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        crew.submit(task_of(watch, requests[i], i));
    }
    auto board = console.progress_board();
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto answer = watch->wait_for(i, [&](const std::vector<ProgressFigures>& rows) {
            if (board) {
                board->draw(rows);
            }
        });
        watch->forget(i);
        if (board) {
            board->wipe();
        }
        report(requests[i], answer);
    }
}

}  // namespace heliograph::tools::fetch_commands
