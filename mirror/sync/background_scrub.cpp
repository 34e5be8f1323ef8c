// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/background_scrub.hpp>
#include <mirror/sync/blob_check.hpp>
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/scrub_rate.hpp>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <span>
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

Result<bool> has_page(const Catalog& catalog, const verify::ProjectName& project) {
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        const auto page = catalog.page(project, form);
        if (page) {
            return true;
        }
        if (page.error().code() != ErrorCode::not_found) {
            return page.error();
        }
    }
    return false;
}

// What a second look at a suspected project came to.
struct SecondLook {
    enum class Standing { settled, unsettled };

    verify::Verdict verdict;  ///< What is wrong for certain.
    Standing standing = Standing::settled;
};

bool is_of_moment(const verify::Finding& finding) {
    return finding.severity == verify::Severity::error && !is_of_blob(finding) &&
           !is_of_signer(finding);
}

// Whatever is published meanwhile: a blob that a record names is whole. One that is not there is
// looked for twice, since its file may have been removed and published again in between.
Result<std::optional<verify::Finding>> certain_damage(
    const ScrubParts& parts, const BlobClaim& claim, ScrubRate& rate
) {
    constexpr int looks = 2;
    std::optional<verify::Finding> damage;
    for (int look = 0; look < looks; ++look) {
        HG_TRY(const bool is_named, parts.catalog.names_blob(claim.digest));
        if (!is_named) {
            return std::optional<verify::Finding>();
        }
        HG_TRY(damage, damage_of(parts.blobs, claim, [&rate](std::uint64_t bytes) {
                   return rate.spend(bytes);
               }));
        if (!damage || damage->id == "stored-blob-damaged") {
            break;
        }
    }
    return damage;
}

// Nobody is kept from publishing, so that pages and records of two moments may have been held
// against each other: what counts is a look during which the project's serial stayed.
Result<SecondLook> look_at_pages_again(
    const ScrubParts& parts, ScrubOptions options, const verify::ProjectName& suspected
) {
    SecondLook look;
    constexpr int attempts = 3;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        HG_TRY(const auto before, parts.catalog.newest_serial(suspected));
        options.only = {{suspected, before.value_or(verify::Serial{})}};
        HG_TRY(const auto again, scrub(parts, options));
        HG_TRY(const auto after, parts.catalog.newest_serial(suspected));
        HG_TRY(const bool is_here, has_page(parts.catalog, suspected));
        if (before != after && is_here) {
            continue;
        }
        for (const auto& damage : again.damage) {
            for (const auto& finding : damage.verdict.findings()) {
                if (is_here && is_of_moment(finding)) {
                    look.verdict.add(finding);
                }
            }
        }
        return look;
    }
    look.standing = SecondLook::Standing::unsettled;
    return look;
}

Result<SecondLook> look_again(
    const ScrubParts& parts, const ScrubOptions& options, const ScrubDamage& suspected
) {
    SecondLook look;
    const auto& findings = suspected.verdict.findings();
    if (std::any_of(findings.begin(), findings.end(), is_of_moment)) {
        HG_TRY(look, look_at_pages_again(parts, options, suspected.project));
    }
    ScrubRate rate(options.bytes_per_second, options.sync.stop);
    for (const auto& claim : suspected.blobs) {
        HG_TRY(auto damage, certain_damage(parts, claim, rate));
        if (damage) {
            look.verdict.add(*std::move(damage));
        }
    }
    for (const auto& finding : findings) {
        if (is_of_signer(finding) && finding.severity == verify::Severity::error) {
            look.verdict.add(finding);
        }
    }
    return look;
}

// What a round came to so far, told as it is found.
class RoundTeller {
  public:
    RoundTeller(EventSink& events, Instant began) : m_events(events) { m_note.began = began; }

    void count(const ScrubReport& report) {
        m_note.projects += report.projects;
        m_note.stored_files += report.blobs;
        m_note.bytes += report.bytes;
    }

    void tell_damage(const ScrubDamage& damage) {
        if (damage.is_of_signer_alone()) {
            tell_signer(damage);
            return;
        }
        ++m_note.damaged_projects;
        if (m_note.damaged.size() < ScrubNote::most_named) {
            m_note.damaged.push_back(damage.project.text());
        }
        warn(
            "scrub.project.damaged",
            {{"project", damage.project.text()}, {"verdict", damage.verdict.describe()}}
        );
    }

    void tell_unsettled(const verify::ProjectName& project) {
        ++m_note.unsettled_projects;
        warn("scrub.project.unsettled", {{"project", project.text()}});
    }

    [[nodiscard]] const ScrubNote& end(Instant ended) {
        m_note.ended = ended;
        return m_note;
    }

  private:
    void tell_signer(const ScrubDamage& damage) {
        for (const auto& finding : damage.verdict.findings()) {
            if (finding.severity == verify::Severity::error &&
                m_told.insert(finding.sentence()).second) {
                warn("scrub.signer.refused", {{"verdict", finding.sentence()}});
            }
        }
    }

    void warn(std::string name, std::vector<Event::Field> fields) {
        m_events.emit(
            {.level = EventLevel::warning, .name = std::move(name), .fields = std::move(fields)}
        );
    }

    EventSink& m_events;
    ScrubNote m_note;
    std::set<std::string> m_told;  ///< Of signers.
};

Outcome look_at(const ScrubParts& parts, const ScrubOptions& options, RoundTeller& teller) {
    HG_TRY(const auto report, scrub(parts, options));
    teller.count(report);
    for (const auto& suspected : report.damage) {
        HG_TRY(auto look, look_again(parts, options, suspected));
        const ScrubDamage certain{
            .project = suspected.project, .verdict = std::move(look.verdict), .reason = {}};
        if (!certain.verdict.findings().empty()) {
            teller.tell_damage(certain);
        }
        // Of no findings at all, too.
        if (look.standing == SecondLook::Standing::unsettled && certain.is_of_signer_alone()) {
            teller.tell_unsettled(suspected.project);
        }
    }
    return {};
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
    options.bytes_per_second = m_options.bytes_per_second;
    options.workers = {.count = 1};
    HG_TRY(auto projects, round.catalog->projects());
    std::shuffle(projects.begin(), projects.end(), std::mt19937_64(std::random_device{}()));
    RoundTeller teller(m_events, began);
    // Few at a time: what is found is told at once, and a kill loses little of a round.
    constexpr std::size_t at_once = 16;
    for (std::size_t from = 0; from < projects.size(); from += at_once) {
        const auto some =
            std::span(projects).subspan(from).first(std::min(at_once, projects.size() - from));
        options.only.emplace(some.begin(), some.end());
        HG_CHECK(look_at(parts, options, teller));
    }
    const auto& note = teller.end(m_clock.now());
    HG_CHECK(save_scrub_note(m_folder / "scrub.json", note));
    m_events.emit(
        {.level = EventLevel::info,
         .name = "scrub.round.ended",
         .fields =
             {{"projects", std::to_string(note.projects)},
              {"files", std::to_string(note.stored_files)},
              {"bytes", std::to_string(note.bytes)},
              {"damaged", std::to_string(note.damaged_projects)},
              {"unsettled", std::to_string(note.unsettled_projects)}}}
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
