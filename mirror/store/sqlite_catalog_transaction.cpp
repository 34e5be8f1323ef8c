// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_error.hpp>
#include <mirror/store/page_body.hpp>
#include <mirror/store/sqlite_catalog_transaction.hpp>

#include <optional>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

template <typename... Values>
Outcome run(CatalogDatabase& database, std::string_view sql, const Values&... values) {
    HG_TRY(auto query, database.query(sql));
    query->bind_all(values...);
    return query->run();
}

std::optional<ByteSpan> span_of(const std::optional<pki::Sha256>& digest) {
    return digest ? std::optional<ByteSpan>(digest->span()) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<CatalogTransaction>> SqliteCatalogTransaction::begin(
    CatalogDatabase& database
) {
    HG_TRY(auto transaction, database.database().begin());
    return std::unique_ptr<CatalogTransaction>(
        std::make_unique<SqliteCatalogTransaction>(database, std::move(transaction))
    );
}

Result<verify::Serial> SqliteCatalogTransaction::last_serial() {
    HG_TRY(auto query, m_database.query("SELECT last_serial FROM state"));
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return Error(
            ErrorCode::malformed, "expected the state row of the catalogue, there is none"
        );
    }
    return serial_column(*query, 0);
}

Result<verify::Serial> SqliteCatalogTransaction::take_serial() {
    HG_TRY(const auto last, last_serial());
    const verify::Serial next{last.value + 1};
    HG_CHECK(run(m_database, "UPDATE state SET last_serial = ?1", to_column(next)));
    return next;
}

Outcome SqliteCatalogTransaction::put_page(
    const verify::ProjectName& project, verify::PageForm form, const StoredPage& page
) {
    HG_CHECK(put_project(project, page));
    HG_TRY(
        const auto packed,
        pack_body(m_database, {.project = project, .form = form}, ByteSpan(page.body))
    );
    HG_CHECK(
        run(m_database,
            "INSERT INTO page (project, form, serial, digest, body, packing) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (project, form) DO UPDATE SET "
            "serial = excluded.serial, digest = excluded.digest, "
            "body = excluded.body, packing = excluded.packing",
            std::string_view(project.text()),
            to_column(form),
            to_column(page.serial),
            page.digest.span(),
            ByteSpan(packed.bytes),
            static_cast<std::int64_t>(packed.packing))
    );
    HG_TRY(const bool is_switched, signatures_switched());
    return run(
        m_database,
        is_switched ? "INSERT INTO page_signature (project, form, signature, other) "
                      "VALUES (?1, ?2, x'', ?3) ON CONFLICT (project, form) DO UPDATE SET "
                      "signature = excluded.signature, other = excluded.other"
                    : "INSERT INTO page_signature (project, form, signature, other) "
                      "VALUES (?1, ?2, ?3, x'') ON CONFLICT (project, form) DO UPDATE SET "
                      "signature = excluded.signature, other = excluded.other",
        std::string_view(project.text()),
        to_column(form),
        ByteSpan(page.signature)
    );
}

// Asked once: a join for each of many pages costs as much as its writing.
Result<bool> SqliteCatalogTransaction::signatures_switched() {
    if (!m_signatures_switched) {
        HG_TRY(auto query, m_database.query("SELECT signatures_switched FROM state"));
        HG_TRY(const Step step, query->step());
        HG_ASSERT(step == Step::row);
        m_signatures_switched = query->integer(0) != 0;
    }
    return *m_signatures_switched;
}

Outcome SqliteCatalogTransaction::update_signature(const PlaceOfSignature& place) {
    HG_CHECK(
        run(m_database,
            place.in_other ? "UPDATE page_signature SET other = ?3 WHERE project = ?1 AND form = ?2"
                           : "UPDATE page_signature SET signature = ?3 "
                             "WHERE project = ?1 AND form = ?2",
            std::string_view(place.project.text()),
            to_column(place.form),
            place.signature)
    );
    return m_database.database().changed_rows() == 0 ? Outcome(no_project(place.project))
                                                     : Outcome();
}

Outcome SqliteCatalogTransaction::put_signature(
    const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
) {
    HG_TRY(const bool is_switched, signatures_switched());
    return update_signature({project, form, signature, is_switched});
}

Outcome SqliteCatalogTransaction::begin_overlap(const pki::Sha256& other_key) {
    HG_TRY(auto query, m_database.query("SELECT 1 FROM state WHERE other_key = ?1"));
    query->bind_all(other_key.span());
    HG_TRY(const Step step, query->step());
    if (step == Step::row) {
        return {};
    }
    HG_CHECK(end_overlap());
    return run(m_database, "UPDATE state SET other_key = ?1", other_key.span());
}

Outcome SqliteCatalogTransaction::put_other_signature(
    const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
) {
    HG_TRY(const bool is_switched, signatures_switched());
    return update_signature({project, form, signature, !is_switched});
}

Outcome SqliteCatalogTransaction::switch_signatures(const pki::Sha256& former_key) {
    m_signatures_switched.reset();
    return run(
        m_database,
        "UPDATE state SET signatures_switched = 1 - signatures_switched, other_key = ?1",
        former_key.span()
    );
}

Outcome SqliteCatalogTransaction::end_overlap() {
    m_signatures_switched.reset();
    HG_CHECK(
        run(m_database,
            "UPDATE page_signature SET other = x'', "
            "signature = iif(signatures_switched AND other <> x'', other, signature) "
            "FROM state WHERE other <> x''")
    );
    return run(m_database, "UPDATE state SET signatures_switched = 0, other_key = NULL");
}

Outcome SqliteCatalogTransaction::put_display_name(
    const verify::ProjectName& project, std::string_view display_name
) {
    return run(
        m_database,
        "UPDATE project SET display_name = ?2, "
        "revision = (SELECT coalesce(max(revision), 0) + 1 FROM project) "
        "WHERE name = ?1 AND display_name <> ?2",
        std::string_view(project.text()),
        display_name
    );
}

// A page that says nothing new of its project, as one that is only signed again, is no change of
// the list of projects.
Outcome SqliteCatalogTransaction::put_project(
    const verify::ProjectName& project, const StoredPage& page
) {
    return run(
        m_database,
        "INSERT INTO project (name, serial, status, revision) "
        "VALUES (?1, ?2, ?3, (SELECT coalesce(max(revision), 0) + 1 FROM project)) "
        "ON CONFLICT (name) DO UPDATE SET serial = excluded.serial, status = excluded.status, "
        "revision = excluded.revision "
        "WHERE serial <> excluded.serial OR status <> excluded.status",
        std::string_view(project.text()),
        to_column(page.serial),
        verify::project_status_name(page.status)
    );
}

Outcome SqliteCatalogTransaction::put_page_tag(
    const verify::ProjectName& project, std::string_view tag
) {
    return run(
        m_database,
        "UPDATE project SET page_tag = ?2 WHERE name = ?1 AND page_tag <> ?2",
        std::string_view(project.text()),
        tag
    );
}

Outcome SqliteCatalogTransaction::put_file(const FileRecord& file) {
    std::optional<pki::Sha256> metadata_digest;
    std::optional<std::int64_t> metadata_size;
    std::optional<pki::Sha256> provenance_digest;
    std::optional<std::int64_t> provenance_size;
    if (file.provenance) {
        provenance_digest = file.provenance->digest;
        provenance_size = static_cast<std::int64_t>(file.provenance->size_bytes);
    }
    if (file.metadata) {
        metadata_digest = file.metadata->digest;
        metadata_size = static_cast<std::int64_t>(file.metadata->size_bytes);
    }
    const auto& name = file.path.name();
    return run(
        m_database,
        "INSERT INTO file (name, project, digest, size, metadata_digest, metadata_size, "
        "provenance_digest, provenance_size, about) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (name) DO UPDATE SET "
        "project = excluded.project, digest = excluded.digest, size = excluded.size, "
        "metadata_digest = excluded.metadata_digest, metadata_size = excluded.metadata_size, "
        "provenance_digest = excluded.provenance_digest, "
        "provenance_size = excluded.provenance_size, about = excluded.about, withheld = 0",
        std::string_view(name.text()),
        std::string_view(name.project().text()),
        file.path.digest().span(),
        static_cast<std::int64_t>(file.size_bytes),
        span_of(metadata_digest),
        metadata_size,
        span_of(provenance_digest),
        provenance_size,
        file.about ? std::optional<std::string_view>(*file.about) : std::nullopt
    );
}

Outcome SqliteCatalogTransaction::remove_file(const verify::DistFileName& name) {
    HG_CHECK(run(m_database, "DELETE FROM file WHERE name = ?1", std::string_view(name.text())));
    if (m_database.database().changed_rows() == 0) {
        return Error(
            ErrorCode::not_found, "expected a file " + name.text() + " here, there is none"
        );
    }
    return {};
}

Outcome SqliteCatalogTransaction::put_left_out(
    const verify::ProjectName& project, std::span<const LeftOutFile> files
) {
    const std::string_view owner(project.text());
    HG_CHECK(run(m_database, "DELETE FROM left_out WHERE project = ?1", owner));
    for (const auto& file : files) {
        HG_CHECK(
            run(m_database,
                "INSERT OR REPLACE INTO left_out (name, project, digest, size, reason, ripe) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                std::string_view(file.path.name().text()),
                owner,
                file.path.digest().span(),
                static_cast<std::int64_t>(file.size_bytes),
                leave_reason_name(file.reason),
                to_column(file.ripe))
        );
    }
    return {};
}

Outcome SqliteCatalogTransaction::remove_project(const verify::ProjectName& project) {
    const std::string_view name(project.text());
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        HG_CHECK(drop_parts(m_database, {.project = project, .form = form}));
    }
    HG_CHECK(run(m_database, "DELETE FROM page WHERE project = ?1", name));
    HG_CHECK(run(m_database, "DELETE FROM page_signature WHERE project = ?1", name));
    HG_CHECK(run(m_database, "DELETE FROM shelf WHERE project = ?1", name));
    HG_CHECK(
        run(m_database,
            "UPDATE project SET status = 'removed', page_tag = '', "
            "revision = (SELECT coalesce(max(revision), 0) + 1 FROM project) "
            "WHERE name = ?1 AND status <> 'removed'",
            name)
    );
    HG_CHECK(run(m_database, "DELETE FROM left_out WHERE project = ?1", name));
    return run(m_database, "DELETE FROM file WHERE project = ?1", name);
}

Outcome SqliteCatalogTransaction::shelve(const verify::ProjectName& project, ByteSpan body) {
    const std::string_view name(project.text());
    HG_CHECK(run(m_database, "UPDATE file SET withheld = 1 WHERE project = ?1", name));
    return run(
        m_database,
        "INSERT INTO shelf (project, body) VALUES (?1, ?2) "
        "ON CONFLICT (project) DO UPDATE SET body = excluded.body",
        name,
        body
    );
}

Outcome SqliteCatalogTransaction::unshelve(const verify::ProjectName& project) {
    const std::string_view name(project.text());
    HG_CHECK(
        run(m_database, "UPDATE file SET withheld = 0 WHERE project = ?1 AND withheld <> 0", name)
    );
    return run(m_database, "DELETE FROM shelf WHERE project = ?1", name);
}

Outcome SqliteCatalogTransaction::retire_file(const verify::FilePath& path) {
    return run(
        m_database,
        "INSERT INTO retired (name, digest) VALUES (?1, ?2) "
        "ON CONFLICT (name) DO UPDATE SET digest = excluded.digest",
        std::string_view(path.name().text()),
        path.digest().span()
    );
}

Outcome SqliteCatalogTransaction::append_event(const JournalEvent& event) {
    HG_CHECK(check_shape(event));
    {
        HG_TRY(auto query, m_database.query(select_event));
        query->bind_all(to_column(event.serial));
        HG_TRY(const Step step, query->step());
        if (step == Step::row) {
            HG_TRY(const auto stored, read_event_row(*query));
            return stored == event ? Outcome() : Outcome(another_event(event.serial));
        }
    }
    std::optional<std::string_view> project;
    std::optional<std::string_view> filename;
    std::optional<std::string> version;
    std::optional<ByteSpan> html;
    std::optional<ByteSpan> json;
    if (event.project) {
        project = event.project->text();
    }
    if (event.filename) {
        filename = event.filename->text();
    }
    if (event.version) {
        version = event.version->text();
    }
    if (event.pages) {
        html = event.pages->html.span();
        json = event.pages->json.span();
    }
    return run(
        m_database,
        "INSERT INTO event (serial, time, action, project, filename, html_digest, json_digest, "
        "version, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        to_column(event.serial),
        to_column(event.time),
        journal_action_name(event.action),
        project,
        filename,
        html,
        json,
        version ? std::optional<std::string_view>(*version) : std::nullopt,
        event.reason ? std::optional<std::string_view>(*event.reason) : std::nullopt
    );
}

Result<std::uint64_t> SqliteCatalogTransaction::condense_journal(verify::Serial checkpoint) {
    HG_TRY(const auto last, last_serial());
    if (checkpoint > last) {
        return checkpoint_too_high({.from = last, .to = checkpoint});
    }
    // GROUP BY takes the events of no project together, too.
    HG_CHECK(
        run(m_database,
            "DELETE FROM event WHERE serial <= ?1 AND serial > 0 AND serial NOT IN "
            "(SELECT max(serial) FROM event GROUP BY project)",
            to_column(checkpoint))
    );
    const auto dropped = static_cast<std::uint64_t>(m_database.database().changed_rows());
    HG_CHECK(run(
        m_database, "UPDATE state SET checkpoint = ?1 WHERE checkpoint < ?1", to_column(checkpoint)
    ));
    return dropped;
}

Outcome SqliteCatalogTransaction::bridge_gap(const SerialRange& gap, Instant time) {
    HG_CHECK(
        run(m_database,
            "INSERT OR IGNORE INTO event (serial, time, action, project, html_digest, json_digest) "
            "SELECT html.serial, ?3, ?4, html.project, html.digest, json.digest "
            "FROM page AS html JOIN page AS json ON json.project = html.project "
            "AND json.form = 1 AND json.serial = html.serial "
            "WHERE html.form = 0 AND html.serial > ?1 AND html.serial <= ?2",
            to_column(gap.after),
            to_column(gap.up_to),
            to_column(time),
            journal_action_name(JournalAction::update_project))
    );
    HG_TRY([[maybe_unused]] const auto dropped, condense_journal(gap.up_to));
    return {};
}

Outcome SqliteCatalogTransaction::journal_removal(
    const verify::ProjectName& project, Instant time
) {
    return run(
        m_database,
        "INSERT INTO event (serial, time, action, project) "
        "SELECT newest, ?2, ?3, ?1 FROM (SELECT coalesce("
        "(SELECT max(serial) FROM event WHERE project = ?1), "
        "(SELECT serial FROM project WHERE name = ?1)) AS newest) WHERE newest IS NOT NULL "
        "ON CONFLICT (serial) DO UPDATE SET time = excluded.time, action = excluded.action, "
        "filename = NULL, html_digest = NULL, json_digest = NULL, version = NULL, reason = NULL "
        "WHERE event.project = excluded.project",
        std::string_view(project.text()),
        to_column(time),
        journal_action_name(JournalAction::remove_project)
    );
}

Outcome SqliteCatalogTransaction::put_evidence(EvidenceKind kind, ByteSpan document) {
    if (document.empty()) {
        return run(m_database, "DELETE FROM evidence WHERE kind = ?1", evidence_name(kind));
    }
    return run(
        m_database,
        "INSERT INTO evidence (kind, document) VALUES (?1, ?2) "
        "ON CONFLICT (kind) DO UPDATE SET document = excluded.document",
        evidence_name(kind),
        document
    );
}

Outcome SqliteCatalogTransaction::put_pending(const PendingProject& pending) {
    return run(
        m_database,
        "INSERT INTO pending "
        "(project, wanted, cause, reason, attempts, since, last_try, next_try) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (project) DO UPDATE SET "
        "wanted = excluded.wanted, cause = excluded.cause, reason = excluded.reason, "
        "attempts = excluded.attempts, since = excluded.since, last_try = excluded.last_try, "
        "next_try = excluded.next_try",
        std::string_view(pending.project.text()),
        to_column(pending.wanted),
        pending_cause_name(pending.cause),
        std::string_view(pending.reason),
        static_cast<std::int64_t>(pending.attempts),
        to_column(pending.since),
        to_column(pending.last_try),
        to_column(pending.next_try)
    );
}

Outcome SqliteCatalogTransaction::clear_pending(const verify::ProjectName& project) {
    return run(
        m_database, "DELETE FROM pending WHERE project = ?1", std::string_view(project.text())
    );
}

Outcome SqliteCatalogTransaction::put_upstream_state(const UpstreamState& state) {
    return run(
        m_database,
        "UPDATE upstream SET last_serial = ?1, answered = ?2, not_before = ?3, reconciled = ?4, "
        "list_etag = ?5, pages_unjudged = ?6, numbering = ?7, filter = ?8, withdrawals = ?9, "
        "withdrawn = ?10, last_lag = ?11, longest_lag = ?12, feed = ?13",
        to_column(state.last_serial),
        to_column(state.answered),
        to_column(state.not_before),
        to_column(state.reconciled),
        std::string_view(state.list_etag),
        std::int64_t{state.pages_unjudged ? 1 : 0},
        static_cast<std::int64_t>(state.numbering),
        std::string_view(state.filter),
        static_cast<std::int64_t>(state.withdrawals.followed),
        to_column(state.withdrawals.last),
        static_cast<std::int64_t>(state.withdrawals.last_lag.count()),
        static_cast<std::int64_t>(state.withdrawals.longest_lag.count()),
        static_cast<std::int64_t>(state.feed)
    );
}

Outcome SqliteCatalogTransaction::set_last_serial(verify::Serial serial) {
    HG_TRY(const auto last, last_serial());
    if (serial < last) {
        return serial_goes_back({.from = last, .to = serial});
    }
    return run(m_database, "UPDATE state SET last_serial = ?1", to_column(serial));
}

Outcome SqliteCatalogTransaction::set_last_modified(Instant instant) {
    return run(m_database, "UPDATE state SET last_modified = ?1", to_column(instant));
}

Outcome SqliteCatalogTransaction::step_back(verify::Serial serial) {
    const auto column = to_column(serial);
    HG_CHECK(run(m_database, "DELETE FROM event WHERE serial > ?1", column));
    HG_CHECK(run(m_database, "UPDATE pending SET wanted = 0 WHERE wanted > ?1", column));
    return run(
        m_database,
        "UPDATE state SET last_serial = min(last_serial, ?1), checkpoint = min(checkpoint, ?1)",
        column
    );
}

Outcome SqliteCatalogTransaction::commit() {
    HG_CHECK(m_transaction.commit());
    ++m_database.own_commits;
    return {};
}

}  // namespace heliograph::mirror
