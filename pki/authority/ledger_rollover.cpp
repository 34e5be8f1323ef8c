// SPDX-License-Identifier: Apache-2.0
// The part of the ledger that knows issuers and rollovers.
#include <pki/authority/ledger.hpp>

namespace heliograph::pki {

namespace {

IssuerState issuer_state_of(std::string_view name) {
    return name == "active"     ? IssuerState::active
           : name == "retiring" ? IssuerState::retiring
                                : IssuerState::retired;
}

std::int64_t ledger_seconds(Instant instant) {
    return instant.time_since_epoch().count();
}
Instant ledger_instant(std::int64_t seconds) {
    return Instant(std::chrono::seconds(seconds));
}

}  // namespace

Outcome Ledger::add_issuers(std::span<const IssuerRow> issuers) {
    HG_TRY(
        Statement statement,
        m_database.prepare("INSERT INTO issuer (serial, role, state, key_file, first_list) VALUES "
                           "(?, ?, 'active', ?, "
                           "(SELECT coalesce(max(number), 0) + 1 FROM list_publication))")
    );
    for (const IssuerRow& issuer : issuers) {
        HG_CHECK(statement
                     .bind_all(issuer.serial_hex, issuer_role_name(issuer.role), issuer.key_file)
                     .run());
    }
    return {};
}

Result<std::vector<IssuerRow>> Ledger::issuers() {
    HG_TRY(
        Statement statement,
        m_database.prepare("SELECT serial, role, state, key_file FROM issuer ORDER BY rowid")
    );
    std::vector<IssuerRow> issuers;
    for (;;) {
        HG_TRY(const Step step, statement.step());
        if (step == Step::done) {
            return issuers;
        }
        issuers.push_back(
            {statement.text(0),
             statement.text(1) == "root" ? IssuerRole::root : IssuerRole::intermediate,
             issuer_state_of(statement.text(2)),
             statement.text(3)}
        );
    }
}

Result<bool> Ledger::lists_are_complete() {
    HG_TRY(
        Statement statement,
        m_database.prepare("SELECT (SELECT coalesce(max(number), 0) FROM list_publication) >= "
                           "(SELECT coalesce(max(first_list), 0) FROM issuer) "
                           "AND NOT EXISTS (SELECT 1 FROM untold)")
    );
    HG_TRY(const Step step, statement.step());
    return step == Step::row && statement.integer(0) != 0;
}

Outcome Ledger::start_rollover(const RolloverStart& start) {
    HG_TRY(Transaction transaction, m_database.begin());
    HG_CHECK(insert_all(start.certificates));
    HG_TRY(
        Statement retire,
        m_database.prepare(
            "UPDATE issuer SET state = 'retiring' WHERE state = 'active' AND role = ?"
        )
    );
    for (const IssuerRow& issuer : start.issuers) {
        HG_CHECK(retire.bind_all(issuer_role_name(issuer.role)).run());
    }
    HG_CHECK(add_issuers(start.issuers));
    HG_TRY(
        Statement statement,
        m_database.prepare("INSERT INTO rollover (target, old_serial, new_serial, started_at) "
                           "VALUES (?, ?, ?, ?) ON CONFLICT (target) WHERE finished_at IS NULL "
                           "DO UPDATE SET new_serial = excluded.new_serial")
    );
    HG_CHECK(statement
                 .bind_all(
                     rollover_target_name(start.target),
                     start.old_serial,
                     start.new_serial,
                     ledger_seconds(start.at)
                 )
                 .run());
    return transaction.commit();
}

Outcome Ledger::finish_rollover(const RolloverEnd& end) {
    HG_TRY(Transaction transaction, m_database.begin());
    HG_CHECK(mark_revoked(end.revoked, {end.at, RevocationReason::superseded}));
    if (end.target != RolloverTarget::signer) {
        HG_CHECK(m_database.execute("UPDATE issuer SET state = 'retired' WHERE state = 'retiring'")
        );
        // Of what they revoked their last lists tell, and no others will.
        HG_CHECK(m_database.execute(
            "DELETE FROM untold WHERE serial IN (SELECT certificate.serial FROM certificate JOIN "
            "issuer ON issuer.serial = certificate.issuer WHERE issuer.state = 'retired')"
        ));
    }
    // The lists of before do not tell of these revocations: whoever comes next after a kill makes
    // new ones.
    HG_CHECK(m_database.execute(
        "UPDATE issuer SET first_list = (SELECT coalesce(max(number), 0) + 1 FROM list_publication)"
        " WHERE state = 'active'"
    ));
    HG_TRY(
        Statement statement,
        m_database.prepare(
            "UPDATE rollover SET finished_at = ? WHERE target = ? AND finished_at IS NULL"
        )
    );
    HG_CHECK(statement.bind_all(ledger_seconds(end.at), rollover_target_name(end.target)).run());
    return transaction.commit();
}

Result<std::optional<RolloverRow>> Ledger::last_rollover(RolloverTarget target) {
    HG_TRY(
        Statement statement,
        m_database.prepare("SELECT old_serial, new_serial, started_at, finished_at FROM rollover "
                           "WHERE target = ? ORDER BY id DESC LIMIT 1")
    );
    statement.bind_all(rollover_target_name(target));
    HG_TRY(const Step step, statement.step());
    if (step == Step::done) {
        return std::optional<RolloverRow>();
    }
    return std::optional(RolloverRow{
        target,
        statement.text(0),
        statement.text(1),
        ledger_instant(statement.integer(2)),
        statement.is_null(3) ? std::nullopt : std::optional(ledger_instant(statement.integer(3)))});
}

}  // namespace heliograph::pki
