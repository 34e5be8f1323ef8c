// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/ledger.hpp>
#include <pki/authority/ledger_schema.hpp>

#include <filesystem>
#include <system_error>
#include <utility>

namespace heliograph::pki {

namespace {

constexpr std::string_view columns =
    "serial, kind, name, subject, not_before, not_after, fingerprint, revoked_at, reason, issuer, "
    "key_source, folder, archive, key_form";

constexpr std::string_view insertion =
    "INSERT INTO certificate (serial, fingerprint, kind, issuer, key_source, folder, archive, "
    "key_form, name, subject, not_before, not_after, der) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Releases before knew archives by a folder below them alone, and a migration cannot look at the
/// disk. Asks of each file once.
class OldArchives {
  public:
    void correct(LedgerEntry& entry) {
        if (!entry.folder || entry.archive) {
            return;
        }
        const std::filesystem::path above = std::filesystem::path(*entry.folder).parent_path();
        if (above != m_last) {
            std::error_code ignored;
            m_last = above;
            m_is_file = std::filesystem::is_regular_file(above, ignored);
        }
        if (m_is_file) {
            entry.archive = above.string();
            entry.folder.reset();
        }
    }

  private:
    std::filesystem::path m_last;
    bool m_is_file = false;
};

std::int64_t seconds_of(Instant instant) {
    return instant.time_since_epoch().count();
}
Instant instant_of_seconds(std::int64_t seconds) {
    return Instant(std::chrono::seconds(seconds));
}

std::string_view key_source_name(KeySource source) {
    switch (source) {
        case KeySource::here:
            return "here";
        case KeySource::request:
            return "request";
        case KeySource::none:
            break;
    }
    return "none";
}

KeySource key_source_of(std::string_view name) {
    return name == "here"      ? KeySource::here
           : name == "request" ? KeySource::request
                               : KeySource::none;
}

std::optional<std::string_view> key_form_name(const std::optional<IssuedKey>& form) {
    if (!form) {
        return std::nullopt;
    }
    switch (*form) {
        case IssuedKey::encrypted:
            return "encrypted";
        case IssuedKey::plain:
            return "plain";
        case IssuedKey::elsewhere:
            break;
    }
    return "elsewhere";
}

std::optional<IssuedKey> key_form_of(const std::optional<std::string>& name) {
    if (!name) {
        return std::nullopt;
    }
    return *name == "encrypted" ? IssuedKey::encrypted
           : *name == "plain"   ? IssuedKey::plain
                                : IssuedKey::elsewhere;
}

std::string select(std::string_view rest) {
    return std::string("SELECT ").append(columns).append(" FROM certificate ").append(rest);
}

Outcome insert(Statement& statement, const LedgerRecord& record) {
    return statement
        .bind_all(
            record.serial_hex,
            record.fingerprint_hex,
            record.kind,
            record.issuer_serial,
            key_source_name(record.key_source),
            record.folder,
            record.archive,
            key_form_name(record.key_form),
            record.name,
            record.subject,
            seconds_of(record.validity.not_before),
            seconds_of(record.validity.not_after),
            record.der
        )
        .run();
}

}  // namespace

Result<Ledger> Ledger::open(const std::filesystem::path& path, OpenMode mode) {
    HG_TRY(Database database, Database::open(path, mode, ledger_migrations(), ledger_tables()));
    return Ledger(std::move(database));
}

LedgerRecord record_of(const Certificate& certificate) {
    return {
        .serial_hex = certificate.serial_hex(),
        .fingerprint_hex = certificate.fingerprint().to_hex(),
        .kind = {},
        .name = {},
        .subject = certificate.subject(),
        .validity = {certificate.not_before(), certificate.not_after()},
        .der = certificate.to_der(),
        .issuer_serial = {}};
}

Outcome Ledger::set_identity(const AuthorityIdentity& identity) {
    HG_TRY(
        Statement statement,
        m_database.prepare(
            "INSERT INTO authority (id, name, base_url, ocsp_url) VALUES (1, ?, ?, ?)"
        )
    );
    return statement.bind_all(identity.name, identity.base_url, identity.ocsp_url).run();
}

Result<AuthorityIdentity> Ledger::identity() {
    HG_TRY(
        Statement statement, m_database.prepare("SELECT name, base_url, ocsp_url FROM authority")
    );
    HG_TRY(const Step step, statement.step());
    if (step == Step::done) {
        return Error(
            ErrorCode::malformed, "expected the ledger of an authority, saw one without a name"
        );
    }
    return AuthorityIdentity{statement.text(0), statement.text(1), statement.text(2)};
}

Outcome Ledger::add(const LedgerRecord& record) {
    HG_TRY(Statement statement, m_database.prepare(insertion));
    return insert(statement, record);
}

Outcome LedgerBatch::add(const LedgerRecord& record) {
    return insert(m_insertion, record);
}

Result<LedgerBatch> Ledger::begin_batch() {
    // Ten thousand rows and their indexes, whose order is random, are written once and not again
    // and again.
    HG_CHECK(m_database.execute("PRAGMA cache_size = -32768"));
    HG_TRY(Transaction transaction, m_database.begin());
    HG_TRY(Statement adding, m_database.prepare(insertion));
    HG_TRY(
        Statement entering, m_database.prepare("UPDATE delivery SET entered = 1 WHERE hidden = ?")
    );
    return LedgerBatch(std::move(transaction), std::move(adding), std::move(entering));
}

Result<std::optional<LedgerEntry>> Ledger::valid_among(
    std::span<const IssueRequest> requests, Instant now
) {
    // The plus: else SQLite asks at every kind whether the partial index of crosses would do, and
    // compiles the statement anew.
    HG_TRY(
        Statement statement,
        m_database.prepare(select(
            "WHERE name = ? AND +kind = ? AND revoked_at IS NULL AND not_after >= ? ORDER BY id"
        ))
    );
    for (const IssueRequest& request : requests) {
        statement.bind_all(request.name, leaf_kind_name(request.kind), seconds_of(now));
        HG_TRY(auto entries, entries_of(statement));
        if (!entries.empty()) {
            return std::optional(std::move(entries.back()));
        }
        statement.reset();
    }
    return std::optional<LedgerEntry>();
}

Outcome Ledger::add_all(std::span<const LedgerRecord> records) {
    HG_TRY(Transaction transaction, m_database.begin());
    HG_CHECK(insert_all(records));
    return transaction.commit();
}

Outcome Ledger::insert_all(std::span<const LedgerRecord> records) {
    HG_TRY(Statement statement, m_database.prepare(insertion));
    for (const LedgerRecord& record : records) {
        HG_CHECK(insert(statement, record));
    }
    return {};
}

Result<Certificate> Ledger::certificate(std::string_view serial_hex) {
    HG_TRY(
        Statement statement,
        m_database.prepare("SELECT der, fingerprint FROM certificate WHERE serial = ?")
    );
    statement.bind_all(serial_hex);
    HG_TRY(const Step step, statement.step());
    if (step == Step::done) {
        return Error(
            ErrorCode::not_found, "expected a serial of this authority, saw one of no certificate"
        );
    }
    // The writer's bytes are believed, and what the disk made of them is not.
    const Bytes der = statement.blob(0);
    if (sha256(der).to_hex() != statement.text(1)) {
        return Error(
            ErrorCode::malformed,
            "expected the certificate " + std::string(serial_hex) +
                " in the ledger as it was issued, it was altered; restore a backup"
        );
    }
    return Certificate::reread(der);
}

Result<std::vector<LedgerEntry>> Ledger::entries_of(Statement& statement) {
    std::vector<LedgerEntry> entries;
    OldArchives old_archives;
    for (;;) {
        HG_TRY(const Step step, statement.step());
        if (step == Step::done) {
            return entries;
        }
        LedgerEntry entry{
            .serial_hex = statement.text(0),
            .kind = statement.text(1),
            .name = statement.text(2),
            .subject = statement.text(3),
            .not_before = instant_of_seconds(statement.integer(4)),
            .not_after = instant_of_seconds(statement.integer(5)),
            .fingerprint_hex = statement.text(6),
            .revoked_at = std::nullopt,
            .reason = std::nullopt,
            .issuer_serial = statement.text(9),
            .key_source = key_source_of(statement.text(10)),
            .folder = statement.optional_text(11),
            .archive = statement.optional_text(12),
            .key_form = key_form_of(statement.optional_text(13))};
        if (!statement.is_null(7)) {
            entry.revoked_at = instant_of_seconds(statement.integer(7));
            HG_TRY(entry.reason, parse_revocation_reason(statement.text(8)));
        }
        old_archives.correct(entry);
        entries.push_back(std::move(entry));
    }
}

Result<std::vector<LedgerEntry>> Ledger::list() {
    HG_TRY(Statement statement, m_database.prepare(select("ORDER BY id")));
    return entries_of(statement);
}

Result<std::vector<LedgerEntry>> Ledger::list_name(std::string_view name) {
    HG_TRY(Statement statement, m_database.prepare(select("WHERE name = ? ORDER BY id")));
    statement.bind_all(name);
    return entries_of(statement);
}

Result<std::vector<LedgerEntry>> Ledger::crosses() {
    HG_TRY(Statement statement, m_database.prepare(select("WHERE kind = 'cross' ORDER BY id")));
    return entries_of(statement);
}

Result<std::optional<LedgerEntry>> Ledger::find_serial(std::string_view serial_hex) {
    HG_TRY(Statement statement, m_database.prepare(select("WHERE serial = ?")));
    statement.bind_all(serial_hex);
    HG_TRY(auto entries, entries_of(statement));
    return entries.empty() ? std::nullopt : std::optional(std::move(entries.front()));
}

Result<std::vector<LedgerEntry>> Ledger::with_key(ByteSpan spki) {
    HG_TRY(Statement statement, m_database.prepare(select("WHERE instr(der, ?) > 0 ORDER BY id")));
    statement.bind_all(spki);
    return entries_of(statement);
}

Result<std::vector<LedgerEntry>> Ledger::with_compromised_key(ByteSpan spki) {
    HG_TRY(
        Statement statement,
        m_database.prepare(
            select("WHERE revoked_at IS NOT NULL AND reason = ? AND instr(der, ?) > 0 ORDER BY id")
        )
    );
    statement.bind_all(revocation_reason_name(RevocationReason::key_compromise), spki);
    return entries_of(statement);
}

Result<std::vector<LedgerEntry>> Ledger::find(std::string_view name_or_serial) {
    HG_TRY(const auto by_serial, find_serial(name_or_serial));
    if (by_serial) {
        return std::vector<LedgerEntry>{*by_serial};
    }
    return list_name(name_or_serial);
}

Result<std::vector<std::string>> Ledger::staging_folders() {
    HG_TRY(Statement statement, m_database.prepare("SELECT folder FROM staging ORDER BY folder"));
    std::vector<std::string> folders;
    for (;;) {
        HG_TRY(const Step step, statement.step());
        if (step == Step::done) {
            return folders;
        }
        folders.push_back(statement.text(0));
    }
}

Outcome Ledger::add_staging_folder(std::string_view folder) {
    HG_TRY(
        Statement statement,
        m_database.prepare("INSERT INTO staging (folder) VALUES (?) ON CONFLICT DO NOTHING")
    );
    return statement.bind_all(folder).run();
}

Outcome Ledger::remove_staging_folder(std::string_view folder) {
    HG_TRY(Statement statement, m_database.prepare("DELETE FROM staging WHERE folder = ?"));
    return statement.bind_all(folder).run();
}

Result<std::vector<LedgerEntry>> Ledger::follow_ups() {
    HG_TRY(
        Statement statement,
        m_database.prepare(select("WHERE serial IN (SELECT serial FROM follow_up) ORDER BY id"))
    );
    return entries_of(statement);
}

Outcome Ledger::add_follow_up(std::string_view serial_hex) {
    HG_TRY(Statement statement, m_database.prepare("INSERT INTO follow_up (serial) VALUES (?)"));
    return statement.bind_all(serial_hex).run();
}

Outcome Ledger::remove_follow_ups_until(const LedgerEntry& entry) {
    HG_TRY(
        Statement statement,
        m_database.prepare("DELETE FROM follow_up WHERE serial IN (SELECT serial FROM certificate "
                           "WHERE name = ? AND kind = ? "
                           "AND id <= (SELECT id FROM certificate WHERE serial = ?)) "
                           "OR serial NOT IN (SELECT serial FROM certificate)")
    );
    return statement.bind_all(entry.name, entry.kind, entry.serial_hex).run();
}

Outcome Ledger::revoke(const std::vector<LedgerEntry>& entries, const Revocation& revocation) {
    HG_TRY(Transaction transaction, m_database.begin());
    HG_CHECK(mark_revoked(entries, revocation));
    return transaction.commit();
}

Outcome Ledger::mark_revoked(
    const std::vector<LedgerEntry>& entries, const Revocation& revocation
) {
    HG_TRY(
        Statement statement,
        m_database.prepare("UPDATE certificate SET revoked_at = ?, reason = ? WHERE serial = ? AND "
                           "revoked_at IS NULL")
    );
    HG_TRY(
        Statement untold,
        m_database.prepare("INSERT INTO untold (serial) VALUES (?) ON CONFLICT DO NOTHING")
    );
    for (const LedgerEntry& entry : entries) {
        HG_CHECK(untold.bind_all(entry.serial_hex).run());
        HG_CHECK(statement
                     .bind_all(
                         seconds_of(revocation.at),
                         revocation_reason_name(revocation.reason),
                         entry.serial_hex
                     )
                     .run());
    }
    return {};
}

Result<std::vector<LedgerEntry>> Ledger::untold() {
    HG_TRY(
        Statement statement,
        m_database.prepare(select("WHERE serial IN (SELECT serial FROM untold) ORDER BY id"))
    );
    return entries_of(statement);
}

Outcome Ledger::mark_told(const std::vector<LedgerEntry>& entries) {
    HG_TRY(Transaction transaction, m_database.begin());
    HG_TRY(Statement statement, m_database.prepare("DELETE FROM untold WHERE serial = ?"));
    for (const LedgerEntry& entry : entries) {
        HG_CHECK(statement.bind_all(entry.serial_hex).run());
    }
    return transaction.commit();
}

Result<std::vector<RevokedEntry>> Ledger::revoked_by(std::string_view issuer_serial) {
    HG_TRY(const auto last, last_published());
    HG_TRY(
        Statement statement,
        m_database.prepare(
            select("WHERE revoked_at IS NOT NULL AND issuer = ? AND not_after >= ? ORDER BY id")
        )
    );
    statement.bind_all(issuer_serial, last ? seconds_of(last->this_update) : std::int64_t{0});
    HG_TRY(const auto entries, entries_of(statement));
    std::vector<RevokedEntry> revoked;
    revoked.reserve(entries.size());
    for (const LedgerEntry& entry : entries) {
        // Lists begin that much before they are made, and tell of nothing that comes after their
        // begin (RFC 5280, section 5.1.2.4).
        const Instant told = *entry.revoked_at - issuance_backdate;
        revoked.push_back({entry.serial_hex, told, *entry.reason});
    }
    return revoked;
}

Result<std::uint64_t> Ledger::take_list_number(const PublishedLife& life) {
    HG_TRY(
        Statement statement,
        m_database.prepare("INSERT INTO list_publication (this_update, next_update) VALUES (?, ?)")
    );
    HG_CHECK(statement.bind_all(seconds_of(life.this_update), seconds_of(life.next_update)).run());
    return static_cast<std::uint64_t>(m_database.last_row_id());
}

Result<std::uint64_t> Ledger::skip_list_numbers(std::uint64_t least, std::uint64_t jump) {
    HG_TRY(
        Statement statement,
        m_database.prepare("INSERT INTO list_publication (number, this_update, next_update) SELECT "
                           "max(number + ?, ?), this_update, next_update FROM list_publication "
                           "ORDER BY number DESC LIMIT 1 RETURNING number")
    );
    statement.bind_all(static_cast<std::int64_t>(jump), static_cast<std::int64_t>(least));
    HG_TRY(const Step first, statement.step());
    if (first == Step::done) {
        return Error(
            ErrorCode::malformed, "expected a ledger with a revocation list, saw one without"
        );
    }
    const auto number = static_cast<std::uint64_t>(statement.integer(0));
    HG_TRY(const Step last, statement.step());
    HG_ASSERT(last == Step::done);
    return number;
}

Outcome Ledger::copy_to(const std::filesystem::path& path) {
    HG_TRY(Statement statement, m_database.prepare("VACUUM INTO ?"));
    return statement.bind_all(path.string()).run();
}

Outcome Ledger::check_consistency() {
    HG_TRY(Statement statement, m_database.prepare("PRAGMA integrity_check(1)"));
    HG_TRY(const Step step, statement.step());
    const std::string said = step == Step::row ? statement.text(0) : std::string("nothing");
    if (said == "ok") {
        return {};
    }
    return Error(ErrorCode::malformed, "expected a consistent ledger, saw a damaged one: " + said);
}

Result<std::uint64_t> Ledger::last_list_number() {
    HG_TRY(
        Statement statement,
        m_database.prepare("SELECT coalesce(max(number), 0) FROM list_publication")
    );
    HG_TRY(const Step step, statement.step());
    HG_ASSERT(step == Step::row);
    return static_cast<std::uint64_t>(statement.integer(0));
}

Result<std::optional<PublishedLife>> Ledger::last_published() {
    HG_TRY(
        Statement statement,
        m_database.prepare("SELECT this_update, next_update FROM list_publication ORDER BY number "
                           "DESC LIMIT 1")
    );
    HG_TRY(const Step step, statement.step());
    if (step == Step::done) {
        return std::optional<PublishedLife>();
    }
    return std::optional(PublishedLife{
        instant_of_seconds(statement.integer(0)), instant_of_seconds(statement.integer(1))});
}

}  // namespace heliograph::pki
