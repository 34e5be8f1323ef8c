// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/background_scrub.hpp>
#include <mirror/sync/folder_access.hpp>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

// Processor and disk go to whoever answers requests; where the system refuses, the rate still
// holds.
void step_back_thread() {
    constexpr int least_urgent = 19;
    constexpr int of_a_thread = 1;
    constexpr int only_when_idle = 3 << 13;
    const auto thread = static_cast<id_t>(::gettid());
    static_cast<void>(::setpriority(PRIO_PROCESS, thread, least_urgent));
    static_cast<void>(::syscall(SYS_ioprio_set, of_a_thread, 0, only_when_idle));
}

// What a round works on, opened anew for each: trust and role may have changed.
struct RoundParts {
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    verify::TrustBundle trust;
    ScrubOptions options;
};

Result<RoundParts> open_round(const std::filesystem::path& path) {
    HG_TRY(const auto folder, MirrorFolder::open(path));
    RoundParts parts;
    if (folder.marker().unsigned_terms) {
        parts.options.sync.policy = verify::unsigned_page_policy();
    } else {
        HG_TRY(parts.trust, read_trust(folder));
    }
    HG_TRY(parts.catalog, folder.open_catalog());
    parts.blobs = folder.open_blobs();
    return parts;
}

// Nobody is kept from publishing, so that pages and files of two moments may have been held against
// each other. What a publish touched has another serial afterwards, and is looked at next time.
Result<std::vector<ScrubDamage>> confirmed(
    const ScrubParts& parts, ScrubOptions options, const std::vector<ScrubDamage>& suspected
) {
    std::vector<ScrubDamage> damage;
    options.sample_files.reset();
    for (const auto& one : suspected) {
        options.only = one.project;
        HG_TRY(const auto before, parts.catalog.newest_serial(one.project));
        HG_TRY(auto again, scrub(parts, options));
        HG_TRY(const auto after, parts.catalog.newest_serial(one.project));
        if (before == after) {
            std::move(again.damage.begin(), again.damage.end(), std::back_inserter(damage));
        }
    }
    return damage;
}

ScrubNote note_of(const ScrubReport& report, const std::vector<ScrubDamage>& damage) {
    ScrubNote note;
    note.projects = report.projects;
    note.stored_files = report.blobs;
    note.bytes = report.bytes;
    note.damaged_projects = damage.size();
    for (const auto& one : damage) {
        if (note.damaged.size() < ScrubNote::most_named) {
            note.damaged.push_back(one.project.text());
        }
    }
    return note;
}

}  // namespace

BackgroundScrub::BackgroundScrub(
    const MirrorFolder& folder,
    const BackgroundScrubOptions& options,
    const Clock& clock,
    EventSink& events
)
    : m_folder(folder.path()), m_options(options), m_clock(clock), m_events(events) {
    HG_ASSERT(options.bytes_per_second > 0);
}

Outcome BackgroundScrub::start() {
    try {
        m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
    } catch (const std::system_error& failure) {
        return Error(
            ErrorCode::io,
            std::string("expected room for a thread that checks what is stored, the system says: "
            ) + failure.what()
        );
    }
    return {};
}

Result<ScrubNote> BackgroundScrub::run_round(std::stop_token stop) {
    const Instant began = m_clock.now();
    m_events.emit({.level = EventLevel::info, .name = "scrub.round.began", .fields = {}});
    HG_TRY(auto round, open_round(m_folder));
    SilentSink silence;
    const ScrubParts parts{
        .catalog = *round.catalog,
        .blobs = *round.blobs,
        .trust = round.trust,
        .clock = m_clock,
        .events = silence};
    auto& options = round.options;
    options.sync.stop = std::move(stop);
    options.sample_files = std::numeric_limits<std::size_t>::max();
    options.bytes_per_second = m_options.bytes_per_second;
    options.workers = {.count = 1};
    HG_TRY(const auto report, scrub(parts, options));
    HG_TRY(const auto damage, confirmed(parts, options, report.damage));
    for (const auto& one : damage) {
        m_events.emit(
            {.level = EventLevel::warning,
             .name = "scrub.project.damaged",
             .fields = {{"project", one.project.text()}, {"verdict", one.verdict.describe()}}}
        );
    }
    auto note = note_of(report, damage);
    note.began = began;
    note.ended = m_clock.now();
    HG_CHECK(save_scrub_note(m_folder / "scrub.json", note));
    m_events.emit(
        {.level = EventLevel::info,
         .name = "scrub.round.ended",
         .fields =
             {{"projects", std::to_string(note.projects)},
              {"files", std::to_string(note.stored_files)},
              {"bytes", std::to_string(note.bytes)},
              {"damaged", std::to_string(note.damaged_projects)}}}
    );
    return note;
}

void BackgroundScrub::work(const std::stop_token& stop) {
    step_back_thread();
    std::mutex mutex;
    std::condition_variable_any never;
    while (!stop.stop_requested()) {
        const auto next = std::chrono::steady_clock::now() + m_options.round_every;
        const auto done = run_round(stop);
        if (!done && done.error().code() != ErrorCode::cancelled) {
            m_events.emit(
                {.level = EventLevel::warning,
                 .name = "scrub.round.failed",
                 .fields = {{"reason", done.error().describe()}}}
            );
        }
        // Only a request to stop ends the wait early.
        std::unique_lock lock(mutex);
        never.wait_until(lock, stop, next, [] { return false; });
    }
}

}  // namespace heliograph::mirror
