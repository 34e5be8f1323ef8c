// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/access_ledger.hpp>
#include <mirror/statistics/agent_name.hpp>
#include <mirror/statistics/bzip2_file.hpp>
#include <pki/base/database/database.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::array<Migration, 1> ledger_migrations = {{{R"sql(
CREATE TABLE access (
    day      INTEGER NOT NULL,
    package  TEXT NOT NULL,
    filename TEXT NOT NULL,
    agent    TEXT NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (day, package, filename, agent)
) STRICT, WITHOUT ROWID;
CREATE TABLE state (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    open_day INTEGER NOT NULL
) STRICT;
)sql"}}};

// Days without an access get a file too, so that whoever collects knows them for complete; not
// those of years in which no server ran.
constexpr std::chrono::days longest_silence{400};

std::int64_t number_of(StatisticsDay day) {
    return day.time_since_epoch().count();
}

StatisticsDay day_numbered(std::int64_t number) {
    return StatisticsDay(std::chrono::days(number));
}

}  // namespace

/// The database and the folder of day files.
struct AccessLedger::Store {
    std::filesystem::path days;
    Database database;
    StatisticsDay open_day;                    ///< Every day before it is closed.
    std::optional<StatisticsDay> bounded_day;  ///< Of which the next two tell.
    std::set<std::string> agents;
    std::size_t rows = 0;

    [[nodiscard]] Outcome read_open_day(StatisticsDay today);
    [[nodiscard]] Outcome read_bounds(StatisticsDay day);
    [[nodiscard]] Outcome put(
        StatisticsDay counted_on, const AccessTable& table, const AccessBounds& most
    );
    [[nodiscard]] Result<bool> holds(StatisticsDay day, const AccessKey& key);
    [[nodiscard]] Result<std::vector<StatisticsDay>> finished_days(StatisticsDay today);
    /// What stands in the day's file: all that was counted, or what was there before.
    enum class Closing { whole, differs };
    [[nodiscard]] Result<Closing> close(StatisticsDay day);
    [[nodiscard]] Result<Closing> write_day(StatisticsDay day);
    [[nodiscard]] Closing compare_day(StatisticsDay day, const pki::Sha256& counted) const;
};

Outcome AccessLedger::Store::read_open_day(StatisticsDay today) {
    HG_TRY(auto insert, database.prepare("INSERT OR IGNORE INTO state VALUES (1, ?)"));
    HG_CHECK(insert.bind_all(number_of(today)).run());
    HG_TRY(auto query, database.prepare("SELECT open_day FROM state"));
    HG_TRY(const auto step, query.step());
    open_day = step == Step::row ? day_numbered(query.integer(0)) : today;
    return {};
}

Outcome AccessLedger::Store::read_bounds(StatisticsDay day) {
    agents.clear();
    rows = 0;
    bounded_day = day;
    HG_TRY(
        auto query, database.prepare("SELECT agent, COUNT(*) FROM access WHERE day = ? GROUP BY 1")
    );
    query.bind_all(number_of(day));
    while (true) {
        HG_TRY(const auto step, query.step());
        if (step == Step::done) {
            return {};
        }
        agents.insert(query.text(0));
        rows += static_cast<std::size_t>(query.integer(1));
    }
}

Result<bool> AccessLedger::Store::holds(StatisticsDay day, const AccessKey& key) {
    HG_TRY(
        auto query,
        database.prepare("SELECT 1 FROM access WHERE day = ? AND package = ? AND filename = ? AND "
                         "agent = ?")
    );
    HG_TRY(
        const auto step, query.bind_all(number_of(day), key.package, key.filename, key.agent).step()
    );
    return step == Step::row;
}

Outcome AccessLedger::Store::put(
    StatisticsDay counted_on, const AccessTable& table, const AccessBounds& most
) {
    HG_TRY(auto transaction, database.begin());
    // Under the write transaction: a server beside may have closed that day meanwhile, and a clock
    // that was set back must not open one again. What comes late counts for the day that is open.
    HG_CHECK(read_open_day(counted_on));
    const auto day = std::max(counted_on, open_day);
    if (bounded_day != day) {
        HG_CHECK(read_bounds(day));
    }
    HG_TRY(
        auto upsert,
        database.prepare("INSERT INTO access VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                         "count = min(count + excluded.count, 9007199254740992)")
    );
    for (const auto& [key, count] : table) {
        AccessKey kept = key;
        if (!agents.contains(kept.agent)) {
            if (agents.size() >= most.agents) {
                kept.agent = other_agent;
            }
            agents.insert(kept.agent);
        }
        HG_TRY(bool known, holds(day, kept));
        if (!known && rows >= most.rows) {
            kept.agent = other_agent;
            HG_TRY(known, holds(day, kept));
        }
        HG_CHECK(upsert
                     .bind_all(
                         number_of(day),
                         kept.package,
                         kept.filename,
                         kept.agent,
                         static_cast<std::int64_t>(count)
                     )
                     .run());
        rows += known ? 0 : 1;
    }
    return transaction.commit();
}

Result<std::vector<StatisticsDay>> AccessLedger::Store::finished_days(StatisticsDay today) {
    std::set<StatisticsDay> days_over;
    HG_TRY(auto query, database.prepare("SELECT DISTINCT day FROM access WHERE day < ?"));
    query.bind_all(number_of(today));
    while (true) {
        HG_TRY(const auto step, query.step());
        if (step == Step::done) {
            break;
        }
        days_over.insert(day_numbered(query.integer(0)));
    }
    for (auto day = std::max(open_day, today - longest_silence); day < today;
         day += std::chrono::days(1)) {
        days_over.insert(day);
    }
    return std::vector<StatisticsDay>(days_over.begin(), days_over.end());
}

Result<AccessLedger::Store::Closing> AccessLedger::Store::write_day(StatisticsDay day) {
    HG_TRY(auto file, Bzip2Writer::create(days / day_file_name(day)));
    pki::Sha256Hasher hasher;
    hasher.update(bytes_of(access_header()));
    bool has_rows = false;
    HG_CHECK(file.write(access_header()));
    HG_TRY(
        auto query,
        database.prepare("SELECT package, filename, agent, count FROM access WHERE day = ? ORDER "
                         "BY package, filename, agent")
    );
    query.bind_all(number_of(day));
    while (true) {
        HG_TRY(const auto step, query.step());
        if (step == Step::done) {
            break;
        }
        const auto row = render_access_row(
            {.package = query.text(0), .filename = query.text(1), .agent = query.text(2)},
            static_cast<std::uint64_t>(query.integer(3))
        );
        HG_CHECK(file.write(row));
        hasher.update(bytes_of(row));
        has_rows = true;
    }
    auto written = file.commit(Replacement::refused);
    // It stands there already: the process ended before it could drop the rows, or a server beside
    // this one was faster. A day is written once.
    if (!written && written.error().code() == ErrorCode::exists) {
        return has_rows ? compare_day(day, hasher.finish()) : Closing::whole;
    }
    HG_CHECK(written);
    return Closing::whole;
}

AccessLedger::Store::Closing AccessLedger::Store::compare_day(
    StatisticsDay day, const pki::Sha256& counted
) const {
    const auto packed = read_file(days / day_file_name(day), statistics_limits::packed_bytes);
    const auto text = packed ? unpack_bzip2(*packed, statistics_limits::text_bytes)
                             : Result<std::string>(packed.error());
    return text && pki::sha256(bytes_of(*text)) == counted ? Closing::whole : Closing::differs;
}

Result<AccessLedger::Store::Closing> AccessLedger::Store::close(StatisticsDay day) {
    // Under the write transaction, so that no server beside adds to a day that is being written.
    HG_TRY(auto transaction, database.begin());
    HG_TRY(const auto closing, write_day(day));
    HG_TRY(auto drop, database.prepare("DELETE FROM access WHERE day = ?"));
    HG_CHECK(drop.bind_all(number_of(day)).run());
    HG_TRY(auto move, database.prepare("UPDATE state SET open_day = max(open_day, ?)"));
    HG_CHECK(move.bind_all(number_of(day) + 1).run());
    HG_CHECK(transaction.commit());
    open_day = std::max(open_day, day + std::chrono::days(1));
    return closing;
}

AccessLedger::AccessLedger(
    std::unique_ptr<Store> store, const Clock& clock, EventSink* events, const AccessBounds& bounds
)
    : m_clock(clock),
      m_events(events),
      m_bounds(bounds),
      m_store(std::move(store)),
      m_waiting_day(day_of(clock.now())) {
}

Result<std::unique_ptr<AccessLedger>> AccessLedger::open(
    const std::filesystem::path& folder,
    const Clock& clock,
    EventSink* events,
    const AccessBounds& bounds
) {
    const auto days = folder / local_days_place;
    HG_CHECK(make_folder(days));
    HG_TRY(
        auto database,
        Database::open(folder / "local-stats" / "counts.db", OpenMode::create, ledger_migrations)
    );
    auto store = std::make_unique<Store>(Store{
        days, std::move(database), StatisticsDay(), std::nullopt, {}, 0});
    HG_CHECK(store->read_open_day(day_of(clock.now())));
    return std::unique_ptr<AccessLedger>(new AccessLedger(std::move(store), clock, events, bounds));
}

AccessLedger::~AccessLedger() {
    if (m_thread.joinable()) {
        m_thread.request_stop();
        m_thread.join();
        try_flush();
    }
}

std::shared_ptr<AccessCounter> AccessLedger::counter() {
    auto fresh = std::make_shared<AccessCounter>();
    const std::lock_guard lock(m_mutex);
    m_counters.push_back(fresh);
    return fresh;
}

// What the loops counted, with the project that each file name tells.
void AccessLedger::collect() {
    for (const auto& counter : m_counters) {
        for (const auto& [key, count] : counter->take()) {
            const auto line = key.find('\n');
            const auto name = verify::parse_dist_file_name(std::string_view(key).substr(0, line));
            if (!name || m_waiting.size() >= 4 * AccessCounter::most_entries) {
                continue;
            }
            auto& sum = m_waiting[AccessKey{
                .package = name->project().text(),
                .filename = name->text(),
                .agent = key.substr(line + 1)}];
            sum = add_counts(sum, count);
        }
    }
}

Outcome AccessLedger::store_waiting() {
    if (m_waiting.empty()) {
        return {};
    }
    auto stored = m_store->put(m_waiting_day, m_waiting, m_bounds);
    if (!stored) {
        m_store->bounded_day.reset();  // What was noted there did not happen.
        return stored;
    }
    m_waiting.clear();
    return {};
}

Outcome AccessLedger::close_days(Instant now) {
    const auto today = day_of(now - m_bounds.grace);
    if (today <= m_store->open_day) {
        return {};
    }
    HG_TRY(const auto finished, m_store->finished_days(today));
    for (const auto day : finished) {
        HG_TRY(const auto closing, m_store->close(day));
        if (closing == Store::Closing::differs && m_events != nullptr) {
            m_events->emit(
                {.level = EventLevel::warning,
                 .name = "statistics.day-differs",
                 .fields =
                     {{"day", format_day(day)},
                      {"message",
                       "its file was there already and says other than was counted here; a day is "
                       "written once, so that the file stays"}}}
            );
        }
    }
    return {};
}

Outcome AccessLedger::flush() {
    const std::lock_guard lock(m_mutex);
    const auto now = m_clock.now();
    collect();
    HG_CHECK(store_waiting());
    // From here on it is counted for the day that is now.
    m_waiting_day = day_of(now);
    return close_days(now);
}

void AccessLedger::try_flush() {
    const auto done = flush();
    const bool fails = !done.has_value();
    if (fails && !m_failing && m_events != nullptr) {
        m_events->emit(
            {.level = EventLevel::warning,
             .name = "statistics.failed",
             .fields = {{"message", done.error().describe()}}}
        );
    }
    m_failing = fails;
}

void AccessLedger::start(std::chrono::seconds pause) {
    m_thread = std::jthread([this, pause](const std::stop_token& stop) { keep(stop, pause); });
}

void AccessLedger::keep(const std::stop_token& stop, std::chrono::seconds pause) {
    std::unique_lock lock(m_pause_mutex);
    while (!stop.stop_requested()) {
        // At midnight too, so that nothing of one day is counted for the other.
        const auto now = m_clock.now();
        const auto midnight = day_of(now) + std::chrono::days(1);
        const auto until_midnight = midnight - now;
        m_pause.wait_for(lock, stop, std::min<std::chrono::seconds>(pause, until_midnight), [] {
            return false;
        });
        try_flush();
    }
}

}  // namespace heliograph::mirror
