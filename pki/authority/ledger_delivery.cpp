// SPDX-License-Identifier: Apache-2.0
// The part of the ledger that is about files on their way to their place.
#include <pki/authority/ledger.hpp>

namespace heliograph::pki {

Outcome LedgerBatch::enter_delivery(std::string_view hidden) {
    return m_entering.bind_all(hidden).run();
}

Result<std::vector<DeliveryRow>> Ledger::deliveries() {
    HG_TRY(
        Statement statement,
        m_database.prepare("SELECT hidden, target, kind, entered FROM delivery ORDER BY hidden")
    );
    std::vector<DeliveryRow> rows;
    for (;;) {
        HG_TRY(const Step step, statement.step());
        if (step == Step::done) {
            return rows;
        }
        rows.push_back(
            {statement.text(0),
             statement.text(1),
             statement.text(2) == "archive" ? DeliveryKind::archive : DeliveryKind::folders,
             statement.integer(3) != 0 ? DeliveryState::entered : DeliveryState::building}
        );
    }
}

Outcome Ledger::add_deliveries(std::span<const DeliveryRow> rows) {
    HG_TRY(Transaction transaction, m_database.begin());
    {
        HG_TRY(
            Statement statement,
            m_database.prepare(
                "INSERT INTO delivery (hidden, target, kind, entered) VALUES (?, ?, ?, 0)"
            )
        );
        for (const DeliveryRow& row : rows) {
            const char* const kind = row.kind == DeliveryKind::archive ? "archive" : "folders";
            HG_CHECK(statement.bind_all(row.hidden.string(), row.target.string(), kind).run());
        }
    }
    return transaction.commit();
}

Outcome Ledger::remove_delivery(std::string_view hidden) {
    HG_TRY(Statement statement, m_database.prepare("DELETE FROM delivery WHERE hidden = ?"));
    return statement.bind_all(hidden).run();
}

}  // namespace heliograph::pki
