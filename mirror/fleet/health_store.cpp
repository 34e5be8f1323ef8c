// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/health_store.hpp>
#include <pki/base/file.hpp>

#include <array>

namespace heliograph::mirror {

namespace {

constexpr std::array<Migration, 1> health_migrations = {{{R"sql(
CREATE TABLE mirror (
    url               TEXT PRIMARY KEY,
    first_byte_us     INTEGER,
    first_byte_at     INTEGER,
    bytes_per_second  INTEGER,
    speed_at          INTEGER,
    failures_in_a_row INTEGER NOT NULL,
    recent            INTEGER NOT NULL,
    recent_count      INTEGER NOT NULL,
    times_opened      INTEGER NOT NULL,
    open_until        INTEGER,
    rest_until        INTEGER,
    behind_since      INTEGER,
    ban_until         INTEGER,
    ban_finding       TEXT,
    ban_evidence      TEXT,
    bans              INTEGER NOT NULL
) STRICT;
)sql"}}};

constexpr std::string_view columns =
    "first_byte_us, first_byte_at, bytes_per_second, speed_at, failures_in_a_row, recent, "
    "recent_count, times_opened, open_until, rest_until, behind_since, ban_until, ban_finding, "
    "ban_evidence, bans";

std::optional<Instant> instant_in(const Statement& row, int column) {
    if (row.is_null(column)) {
        return std::nullopt;
    }
    return Instant(std::chrono::seconds(row.integer(column)));
}

std::optional<HealthSample> sample_in(const Statement& row, int column) {
    const auto at = instant_in(row, column + 1);
    if (!at || row.is_null(column)) {
        return std::nullopt;
    }
    return HealthSample{static_cast<std::uint64_t>(row.integer(column)), *at};
}

std::uint32_t count_in(const Statement& row, int column) {
    return static_cast<std::uint32_t>(row.integer(column));
}

// The columns above, from this one on.
MirrorHealth health_in(const Statement& row, int first) {
    MirrorHealth health;
    health.first_byte_us = sample_in(row, first);
    health.bytes_per_second = sample_in(row, first + 2);
    health.failures_in_a_row = count_in(row, first + 4);
    health.recent = count_in(row, first + 5);
    health.recent_count = count_in(row, first + 6);
    health.times_opened = count_in(row, first + 7);
    health.open_until = instant_in(row, first + 8);
    health.rest_until = instant_in(row, first + 9);
    health.behind_since = instant_in(row, first + 10);
    if (const auto until = instant_in(row, first + 11)) {
        health.ban = IntegrityBan{*until, row.text(first + 12), row.text(first + 13)};
    }
    health.bans = count_in(row, first + 14);
    return health;
}

std::optional<std::int64_t> column_of(const std::optional<Instant>& instant) {
    return instant ? std::optional(std::int64_t{instant->time_since_epoch().count()})
                   : std::nullopt;
}

std::optional<std::int64_t> value_of(const std::optional<HealthSample>& sample) {
    return sample ? std::optional(static_cast<std::int64_t>(sample->value)) : std::nullopt;
}

std::optional<std::int64_t> time_of(const std::optional<HealthSample>& sample) {
    return sample ? column_of(sample->at) : std::nullopt;
}

Result<MirrorHealth> stored_health(Database& database, std::string_view url) {
    HG_TRY(
        auto query,
        database.prepare("SELECT " + std::string(columns) + " FROM mirror WHERE url = ?")
    );
    query.bind(1, url);
    HG_TRY(const auto step, query.step());
    return step == Step::row ? health_in(query, 0) : MirrorHealth();
}

Outcome put(Database& database, std::string_view url, const MirrorHealth& health) {
    HG_TRY(
        auto statement,
        database.prepare(
            "INSERT OR REPLACE INTO mirror (url, " + std::string(columns) +
            ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
    );
    const auto number = [](std::uint32_t value) { return std::int64_t{value}; };
    const auto ban_until = health.ban ? column_of(health.ban->until) : std::nullopt;
    statement.bind_all(
        url,
        value_of(health.first_byte_us),
        time_of(health.first_byte_us),
        value_of(health.bytes_per_second),
        time_of(health.bytes_per_second),
        number(health.failures_in_a_row),
        number(health.recent),
        number(health.recent_count),
        number(health.times_opened),
        column_of(health.open_until),
        column_of(health.rest_until),
        column_of(health.behind_since),
        ban_until,
        std::string_view(health.ban ? health.ban->finding : std::string_view()),
        std::string_view(health.ban ? health.ban->evidence : std::string_view()),
        number(health.bans)
    );
    return statement.run();
}

}  // namespace

Result<HealthStore> HealthStore::open(const std::filesystem::path& file) {
    HG_CHECK(make_folder(file.parent_path(), FileAccess::owner_only));
    HG_TRY(auto database, Database::open(file, OpenMode::create, health_migrations));
    // Speeds and failures of the last second before a power cut are not worth a wait for the disk.
    HG_CHECK(database.execute("PRAGMA synchronous = NORMAL"));
    return HealthStore(std::move(database));
}

Result<KnownHealth> HealthStore::load() {
    HG_TRY(auto query, m_database.prepare("SELECT url, " + std::string(columns) + " FROM mirror"));
    KnownHealth known;
    while (true) {
        HG_TRY(const auto step, query.step());
        if (step == Step::done) {
            return known;
        }
        known.insert_or_assign(query.text(0), health_in(query, 1));
    }
}

Outcome HealthStore::record(std::span<const NotedEvent> events, Dice& dice) {
    if (events.empty()) {
        return {};
    }
    HG_TRY(auto transaction, m_database.begin());
    KnownHealth touched;
    for (const auto& noted : events) {
        auto found = touched.find(noted.mirror);
        if (found == touched.end()) {
            HG_TRY(auto health, stored_health(m_database, noted.mirror));
            found = touched.emplace(noted.mirror, std::move(health)).first;
        }
        apply(found->second, noted.event, dice);
    }
    for (const auto& [url, health] : touched) {
        HG_CHECK(put(m_database, url, health));
    }
    return transaction.commit();
}

Result<LiftedBan> HealthStore::lift_ban(const Url& mirror) {
    HG_TRY(auto transaction, m_database.begin());
    HG_TRY(auto health, stored_health(m_database, mirror.to_string()));
    if (!health.ban) {
        return LiftedBan::none_stood;
    }
    health.ban.reset();
    HG_CHECK(put(m_database, mirror.to_string(), health));
    HG_CHECK(transaction.commit());
    return LiftedBan::lifted;
}

}  // namespace heliograph::mirror
