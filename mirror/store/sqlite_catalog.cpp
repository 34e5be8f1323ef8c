// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_error.hpp>
#include <mirror/store/catalog_row.hpp>
#include <mirror/store/catalog_schema.hpp>
#include <mirror/store/page_body.hpp>
#include <mirror/store/sqlite_catalog.hpp>
#include <mirror/store/sqlite_catalog_transaction.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

template <typename Read>
auto read_rows(Query& query, Read read)
    -> Result<std::vector<typename decltype(read(*query))::value_type>> {
    std::vector<typename decltype(read(*query))::value_type> rows;
    while (true) {
        HG_TRY(const Step step, query->step());
        if (step == Step::done) {
            return rows;
        }
        HG_TRY(auto row, read(*query));
        rows.push_back(std::move(row));
    }
}

}  // namespace

Result<std::unique_ptr<Catalog>> SqliteCatalog::open(
    const std::filesystem::path& path, OpenMode mode
) {
    HG_TRY(auto database, Database::open(path, mode, catalog_migrations()));
    return std::unique_ptr<Catalog>(
        std::make_unique<SqliteCatalog>(std::make_unique<CatalogDatabase>(std::move(database)))
    );
}

SqliteCatalog::SqliteCatalog(std::unique_ptr<CatalogDatabase> database)
    : m_database(std::move(database)) {
}
SqliteCatalog::~SqliteCatalog() = default;

Result<StoredPage> SqliteCatalog::page(const verify::ProjectName& project, verify::PageForm form)
    const {
    HG_TRY(
        auto query,
        m_database->query("SELECT body, digest, CASE WHEN other <> x'' AND "
                          "(SELECT signatures_switched FROM state) THEN other ELSE signature END, "
                          "page.serial, status, packing FROM page "
                          "JOIN page_signature USING (project, form) "
                          "JOIN project ON name = project WHERE project = ?1 AND form = ?2")
    );
    query->bind_all(std::string_view(project.text()), to_column(form));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return no_project(project);
    }
    HG_TRY(const auto digest, digest_column(*query, 1));
    HG_TRY(const auto status, status_column(*query, 4));
    const auto lying = query->blob(0);
    auto body = unpack_body(
        *m_database, {.packing = static_cast<Packing>(query->integer(5)), .bytes = lying}
    );
    if (!body) {
        if (body.error().code() != ErrorCode::malformed) {
            return std::move(body).error();
        }
        // What the disk altered is given as it lies there: whoever judges pages sees from the
        // digest that it is none, and a mirror gets it anew.
        body = lying;
    }
    return StoredPage{
        .body = *std::move(body),
        .digest = digest,
        .signature = query->blob(2),
        .serial = serial_column(*query, 3),
        .status = status,
    };
}

Result<std::optional<pki::Sha256>> SqliteCatalog::other_key() const {
    HG_TRY(auto query, m_database->query("SELECT other_key FROM state"));
    HG_TRY(const Step step, query->step());
    if (step == Step::done || query->is_null(0)) {
        return std::optional<pki::Sha256>();
    }
    HG_TRY(const auto key, digest_column(*query, 0));
    return std::optional(key);
}

Result<std::optional<Bytes>> SqliteCatalog::other_signature(
    const verify::ProjectName& project, verify::PageForm form
) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT CASE WHEN signatures_switched AND other <> x'' THEN signature "
                          "ELSE other END FROM page_signature, state "
                          "WHERE project = ?1 AND form = ?2")
    );
    query->bind_all(std::string_view(project.text()), to_column(form));
    HG_TRY(const Step step, query->step());
    if (step == Step::done || query->blob(0).empty()) {
        return std::optional<Bytes>();
    }
    return std::optional(query->blob(0));
}

Result<std::uint64_t> SqliteCatalog::count_without_other_signature() const {
    HG_TRY(
        auto query,
        m_database->query("SELECT count(*) FROM page_signature WHERE signature = x'' OR other = x''"
        )
    );
    HG_TRY(const Step step, query->step());
    HG_ASSERT(step == Step::row);
    return static_cast<std::uint64_t>(query->integer(0));
}

Result<std::string> SqliteCatalog::display_name(const verify::ProjectName& project) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT display_name FROM project WHERE name = ?1 AND display_name <> ''")
    );
    query->bind_all(std::string_view(project.text()));
    HG_TRY(const Step step, query->step());
    return step == Step::row ? query->text(0) : project.text();
}

Result<std::string> SqliteCatalog::page_tag(const verify::ProjectName& project) const {
    HG_TRY(auto query, m_database->query("SELECT page_tag FROM project WHERE name = ?1"));
    query->bind_all(std::string_view(project.text()));
    HG_TRY(const Step step, query->step());
    return step == Step::row ? query->text(0) : std::string();
}

Result<pki::Sha256> SqliteCatalog::page_digest(
    const verify::ProjectName& project, verify::PageForm form
) const {
    HG_TRY(
        auto query, m_database->query("SELECT digest FROM page WHERE project = ?1 AND form = ?2")
    );
    query->bind_all(std::string_view(project.text()), to_column(form));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return no_project(project);
    }
    return digest_column(*query, 0);
}

Result<std::vector<PageDigests>> SqliteCatalog::page_digests(
    std::span<const verify::RootEntry> projects
) const {
    std::vector<PageDigests> all;
    if (projects.empty()) {
        return all;
    }
    all.reserve(projects.size());
    HG_TRY(
        auto query,
        m_database->query("SELECT project, form, digest FROM page "
                          "WHERE project >= ?1 AND project <= ?2 ORDER BY project, form")
    );
    query->bind_all(
        std::string_view(projects.front().name.text()),
        std::string_view(projects.back().name.text())
    );
    for (const auto& project : projects) {
        PageDigests both;
        for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
            HG_TRY(const Step step, query->step());
            if (step == Step::done || query->text(0) != project.name.text() ||
                query->integer(1) != to_column(form)) {
                return no_project(project.name);
            }
            auto& digest = form == verify::PageForm::html ? both.html : both.json;
            HG_TRY(digest, digest_column(*query, 2));
        }
        all.push_back(both);
    }
    return all;
}

Result<FileRecord> SqliteCatalog::file(const verify::FilePath& path) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest, size, metadata_digest, metadata_size, "
                          "provenance_digest, provenance_size, about FROM file "
                          "WHERE name = ?1 AND digest = ?2 AND withheld = 0")
    );
    query->bind_all(std::string_view(path.name().text()), path.digest().span());
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return no_file(path);
    }
    return read_file_row(*query);
}

Result<FileRecord> SqliteCatalog::file_named(const verify::DistFileName& name) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest, size, metadata_digest, metadata_size, "
                          "provenance_digest, provenance_size, about FROM file "
                          "WHERE name = ?1 AND withheld = 0")
    );
    query->bind_all(std::string_view(name.text()));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return no_file(name);
    }
    return read_file_row(*query);
}

Result<std::vector<FileRecord>> SqliteCatalog::files(const verify::ProjectName& project) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest, size, metadata_digest, metadata_size, "
                          "provenance_digest, provenance_size, about FROM file "
                          "WHERE project = ?1 AND withheld = 0 ORDER BY name")
    );
    query->bind_all(std::string_view(project.text()));
    return read_rows(query, read_file_row);
}

Result<std::vector<FileRecord>> SqliteCatalog::withheld_files(const verify::ProjectName& project
) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest, size, metadata_digest, metadata_size, "
                          "provenance_digest, provenance_size, about FROM file "
                          "WHERE project = ?1 AND withheld = 1 ORDER BY name")
    );
    query->bind_all(std::string_view(project.text()));
    return read_rows(query, read_file_row);
}

Result<std::optional<Bytes>> SqliteCatalog::shelf(const verify::ProjectName& project) const {
    HG_TRY(auto query, m_database->query("SELECT body FROM shelf WHERE project = ?1"));
    query->bind_all(std::string_view(project.text()));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return std::optional<Bytes>();
    }
    return std::optional(query->blob(0));
}

Result<std::optional<pki::Sha256>> SqliteCatalog::retired(const verify::DistFileName& name) const {
    HG_TRY(auto query, m_database->query("SELECT digest FROM retired WHERE name = ?1"));
    query->bind_all(std::string_view(name.text()));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return std::optional<pki::Sha256>();
    }
    HG_TRY(const auto digest, digest_column(*query, 0));
    return std::optional(digest);
}

Result<std::vector<verify::FilePath>> SqliteCatalog::retired_files(
    const verify::ProjectName& project
) const {
    // Every spelling of a project begins with the same letter, in either case.
    const char letter = project.text().front();
    const char capital = letter >= 'a' ? static_cast<char>(letter - 'a' + 'A') : letter;
    const std::array<std::string, 4> bounds{
        std::string(1, letter),
        std::string(1, static_cast<char>(letter + 1)),
        std::string(1, capital),
        std::string(1, static_cast<char>(capital + 1))};
    HG_TRY(
        auto query,
        m_database->query("SELECT name, digest FROM retired WHERE (name >= ?1 AND name < ?2) OR "
                          "(name >= ?3 AND name < ?4) ORDER BY name")
    );
    query->bind_all(
        std::string_view(bounds[0]),
        std::string_view(bounds[1]),
        std::string_view(bounds[2]),
        std::string_view(bounds[3])
    );
    HG_TRY(auto files, read_rows(query, [](const Statement& row) -> Result<verify::FilePath> {
               HG_TRY(auto name, verify::parse_dist_file_name(row.text(0)));
               HG_TRY(const auto digest, digest_column(row, 1));
               return verify::FilePath(digest, std::move(name));
           }));
    std::erase_if(files, [&](const verify::FilePath& file) {
        return file.name().project() != project;
    });
    return files;
}

Result<bool> SqliteCatalog::names_blob(const pki::Sha256& digest) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT EXISTS (SELECT 1 FROM file "
                          "WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1) OR "
                          "EXISTS (SELECT 1 FROM file WHERE "
                          "substr(metadata_digest, 1, 8) = substr(?1, 1, 8) "
                          "AND metadata_digest = ?1) OR "
                          "EXISTS (SELECT 1 FROM file WHERE "
                          "substr(provenance_digest, 1, 8) = substr(?1, 1, 8) "
                          "AND provenance_digest = ?1)")
    );
    query->bind_all(digest.span());
    HG_TRY(const Step step, query->step());
    HG_ASSERT(step == Step::row);
    return query->integer(0) != 0;
}

Result<std::vector<verify::RootEntry>> SqliteCatalog::projects() const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, serial FROM project WHERE status <> 'removed' ORDER BY name"
        )
    );
    return read_rows(query, [](const Statement& row) -> Result<verify::RootEntry> {
        HG_TRY(auto name, verify::parse_normalised_name(row.text(0)));
        return verify::RootEntry{.name = std::move(name), .serial = serial_column(row, 1)};
    });
}

Result<std::optional<verify::Serial>> SqliteCatalog::newest_serial(
    const verify::ProjectName& project
) const {
    HG_TRY(auto query, m_database->query("SELECT serial FROM project WHERE name = ?1"));
    query->bind_all(std::string_view(project.text()));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return std::optional<verify::Serial>();
    }
    return std::optional(serial_column(*query, 0));
}

Result<verify::Serial> SqliteCatalog::newest_serial() const {
    HG_TRY(auto query, m_database->query("SELECT coalesce(max(serial), 0) FROM project"));
    HG_TRY(const Step step, query->step());
    HG_ASSERT(step == Step::row);
    return serial_column(*query, 0);
}

Result<std::vector<ProjectState>> SqliteCatalog::projects_since(
    std::uint64_t revision, std::size_t most
) const {
    HG_TRY(
        auto query,
        m_database->query("SELECT name, serial, status, revision, display_name FROM project "
                          "WHERE revision > ?1 ORDER BY revision LIMIT ?2")
    );
    query->bind_all(static_cast<std::int64_t>(revision), static_cast<std::int64_t>(most));
    return read_rows(query, read_project_row);
}

Result<Bytes> SqliteCatalog::evidence(EvidenceKind kind) const {
    HG_TRY(auto query, m_database->query("SELECT document FROM evidence WHERE kind = ?1"));
    query->bind_all(evidence_name(kind));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return no_evidence(kind);
    }
    return query->blob(0);
}

Result<std::vector<JournalEvent>> SqliteCatalog::events(const SerialRange& range, std::size_t most)
    const {
    HG_TRY(
        auto query,
        m_database->query(
            "SELECT serial, time, action, project, filename, html_digest, json_digest, version, "
            "reason FROM event "
            "WHERE serial > ?1 AND serial <= ?2 ORDER BY serial LIMIT ?3"
        )
    );
    query->bind_all(
        to_column(range.after), to_column(range.up_to), static_cast<std::int64_t>(most)
    );
    return read_rows(query, read_event_row);
}

Result<std::vector<JournalEvent>> SqliteCatalog::newest_events(
    const verify::ProjectName& project, std::size_t most
) const {
    HG_TRY(
        auto query,
        m_database->query(
            "SELECT serial, time, action, project, filename, html_digest, json_digest, version, "
            "reason FROM event WHERE project = ?1 "
            "AND serial <= (SELECT last_serial FROM state) ORDER BY serial DESC LIMIT ?2"
        )
    );
    query->bind_all(std::string_view(project.text()), static_cast<std::int64_t>(most));
    return read_rows(query, read_event_row);
}

Result<verify::Serial> SqliteCatalog::checkpoint_for(const HistoryBound& bound) const {
    const auto* const count = std::get_if<std::uint64_t>(&bound);
    HG_TRY(
        auto query,
        m_database->query(
            count != nullptr
                ? "SELECT coalesce((SELECT event.serial FROM event, state "
                  "WHERE event.serial <= last_serial "
                  "ORDER BY event.serial DESC LIMIT 1 OFFSET ?1), 0)"
                : "SELECT coalesce((SELECT min(serial) - 1 FROM event WHERE time >= ?1), "
                  "last_serial) FROM state"
        )
    );
    constexpr std::uint64_t most_events = verify::max_serial.value;
    query->bind_all(
        count != nullptr ? static_cast<std::int64_t>(std::min(*count, most_events))
                         : to_column(std::get<Instant>(bound))
    );
    HG_TRY(const Step step, query->step());
    HG_ASSERT(step == Step::row);
    HG_TRY(const auto present, state());
    return std::clamp(serial_column(*query, 0), present.checkpoint, present.last_serial);
}

Result<std::uint64_t> SqliteCatalog::event_count() const {
    HG_TRY(auto query, m_database->query("SELECT count(*) FROM event"));
    HG_TRY(const Step step, query->step());
    HG_ASSERT(step == Step::row);
    return static_cast<std::uint64_t>(query->integer(0));
}

Result<std::vector<PendingProject>> SqliteCatalog::pending() const {
    HG_TRY(
        auto query,
        m_database->query(
            "SELECT project, wanted, cause, reason, attempts, since, last_try, next_try "
            "FROM pending ORDER BY project"
        )
    );
    return read_rows(query, read_pending_row);
}

Result<PendingOverview> SqliteCatalog::pending_overview(std::size_t most) const {
    PendingOverview overview;
    HG_TRY(
        auto counts,
        m_database->query("SELECT sum(cause = ?1), sum(cause = ?2), sum(cause = ?3) FROM pending")
    );
    counts->bind_all(
        pending_cause_name(PendingCause::refused),
        pending_cause_name(PendingCause::failed),
        pending_cause_name(PendingCause::gone)
    );
    HG_TRY(const Step step, counts->step());
    HG_ASSERT(step == Step::row);
    overview.refused = static_cast<std::uint64_t>(counts->integer(0));
    overview.failed = static_cast<std::uint64_t>(counts->integer(1));
    overview.gone = static_cast<std::uint64_t>(counts->integer(2));
    HG_TRY(
        auto query,
        m_database->query(
            "SELECT project, wanted, cause, reason, attempts, since, last_try, next_try "
            "FROM pending ORDER BY since LIMIT ?1"
        )
    );
    query->bind_all(static_cast<std::int64_t>(most));
    HG_TRY(overview.longest, read_rows(query, read_pending_row));
    return overview;
}

Result<std::uint64_t> SqliteCatalog::project_count() const {
    HG_TRY(auto query, m_database->query("SELECT count(*) FROM project WHERE status <> 'removed'"));
    HG_TRY(const Step step, query->step());
    HG_ASSERT(step == Step::row);
    return static_cast<std::uint64_t>(query->integer(0));
}

Result<UpstreamState> SqliteCatalog::upstream_state() const {
    HG_TRY(
        auto query,
        m_database->query(
            "SELECT last_serial, answered, not_before, reconciled, list_etag, pages_unjudged, "
            "numbering, filter, withdrawals, withdrawn, last_lag, longest_lag, "
            "feed FROM upstream"
        )
    );
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return Error(
            ErrorCode::malformed, "expected the upstream's row in the catalogue, there is none"
        );
    }
    return UpstreamState{
        .last_serial = serial_column(*query, 0),
        .answered = optional_instant_column(*query, 1),
        .not_before = optional_instant_column(*query, 2),
        .reconciled = optional_instant_column(*query, 3),
        .list_etag = query->text(4),
        .pages_unjudged = query->integer(5) != 0,
        .numbering = static_cast<PageNumbering>(query->integer(6)),
        .feed = static_cast<UpstreamFeed>(query->integer(12)),
        .filter = query->text(7),
        .withdrawals = {
            .followed = static_cast<std::uint64_t>(query->integer(8)),
            .last = optional_instant_column(*query, 9),
            .last_lag = std::chrono::seconds(query->integer(10)),
            .longest_lag = std::chrono::seconds(query->integer(11))}};
}

Result<CatalogState> SqliteCatalog::state() const {
    HG_TRY(
        auto query, m_database->query("SELECT last_serial, last_modified, checkpoint FROM state")
    );
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return Error(
            ErrorCode::malformed, "expected the state row of the catalogue, there is none"
        );
    }
    return CatalogState{
        .last_serial = serial_column(*query, 0),
        .last_modified = optional_instant_column(*query, 1),
        .checkpoint = serial_column(*query, 2)};
}

Result<std::uint64_t> SqliteCatalog::change_counter() const {
    HG_TRY(const auto version, m_database->database().data_version());
    // Both parts only grow, so the sum differs after any commit.
    return static_cast<std::uint64_t>(version) + m_database->own_commits;
}

// The copy goes through the write-ahead log, so that readers stay undisturbed and a crash leaves
// one of the two; what is left of the log is then cut off, unless a reader still needs it.
Outcome SqliteCatalog::give_back_room() {
    HG_TRY(
        auto query,
        m_database->query("SELECT freelist_count * 20 >= page_count AND freelist_count > 0 "
                          "FROM pragma_freelist_count, pragma_page_count")
    );
    HG_TRY(const Step step, query->step());
    HG_ASSERT(step == Step::row);
    const bool worth_it = query->integer(0) != 0;
    query->reset();
    if (worth_it) {
        HG_CHECK(m_database->database().execute("VACUUM"));
        ++m_database->own_commits;
    }
    return m_database->database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<std::unique_ptr<CatalogTransaction>> SqliteCatalog::begin() {
    return SqliteCatalogTransaction::begin(*m_database);
}

}  // namespace heliograph::mirror
