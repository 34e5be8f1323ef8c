// SPDX-License-Identifier: Apache-2.0
// Where a rollover is: read from the ledger and the published lists, without any key.
#include <pki/authority/rollover_run.hpp>

#include <algorithm>

namespace heliograph::pki {

std::vector<Certificate> RolloverRun::retiring(IssuerRole role) const {
    std::vector<Certificate> found;
    for (const Issuer& issuer : m_state.issuers.all) {
        if (issuer.role == role && issuer.state == IssuerState::retiring) {
            found.push_back(issuer.certificate);
        }
    }
    return found;
}

// A signer may have been renewed since: the rollover of an intermediate asks for it.
Result<Certificate> RolloverRun::newest_certificate_like(
    const std::string& serial_hex, const std::vector<LedgerEntry>& entries
) {
    HG_TRY(const auto row, m_state.ledger.find_serial(serial_hex));
    HG_ASSERT(row.has_value());
    return m_state.ledger.certificate(newest_like(entries, *row, m_now).serial_hex);
}

// Those that servers show: one that was revoked works for nobody, unless there is no other.
Result<std::vector<Certificate>> RolloverRun::old_intermediates() {
    auto all = retiring(IssuerRole::intermediate);
    HG_ASSERT(!all.empty());
    std::vector<Certificate> good;
    for (const Certificate& one : all) {
        HG_TRY(const Presence presence, presence_of(m_state.ledger, one, m_now));
        if (presence == Presence::in_use) {
            good.push_back(one);
        }
    }
    return good.empty() ? all : good;
}

RolloverParts RolloverRun::issuers_of(RolloverTarget target) const {
    const IssuerSet& issuers = m_state.issuers;
    const auto roots = issuers.of_role(IssuerRole::root);
    RolloverParts parts{
        .target = target,
        .old_roots = roots,
        .new_roots = roots,
        .old_sent = {},
        .new_sent = issuers.sent_along(),
        .old_leaves = {},
        .new_leaves = {},
        .lists = {}};
    if (target == RolloverTarget::signer) {
        return parts;
    }
    parts.new_sent = {issuers.intermediate};
    if (target == RolloverTarget::root) {
        parts.new_roots = {issuers.root};
        parts.old_roots = retiring(IssuerRole::root);
        for (const Certificate& cross : issuers.crosses) {
            const bool is_new = cross.subject() == issuers.root.subject();
            (is_new ? parts.new_by_old : parts.old_by_new).push_back(cross);
        }
    }
    return parts;
}

Result<RolloverParts> RolloverRun::parts_of(const RolloverRow& row) {
    const IssuerSet& issuers = m_state.issuers;
    RolloverParts parts = issuers_of(row.target);
    HG_TRY(parts.lists, published_lists(m_state.paths.lists()));
    HG_TRY(const auto entries, m_state.ledger.list());
    if (row.target == RolloverTarget::signer) {
        HG_TRY(const Certificate old, newest_certificate_like(row.old_serial, entries));
        HG_TRY(const Certificate made, newest_certificate_like(row.new_serial, entries));
        HG_TRY(parts.old_chain, presence_of(m_state.ledger, old, m_now));
        parts.old_sent = issuers.of_role(IssuerRole::intermediate);
        parts.old_sent.insert(parts.old_sent.end(), issuers.crosses.begin(), issuers.crosses.end());
        parts.old_leaves = {{old, ChainPurpose::signer}};
        parts.new_leaves = {{made, ChainPurpose::signer}};
        return parts;
    }
    HG_TRY(parts.old_sent, old_intermediates());
    HG_TRY(parts.old_chain, presence_of(m_state.ledger, parts.old_sent.front(), m_now));
    const auto olds = newest_of_each_kind(entries, parts.old_sent, m_now);
    const auto news = newest_of_each_kind(entries, parts.new_sent, m_now);
    HG_TRY(parts.old_leaves, served_leaves(m_state.ledger, olds, parts.old_sent.front()));
    HG_TRY(parts.new_leaves, served_leaves(m_state.ledger, news, issuers.intermediate));
    return parts;
}

Result<RolloverReport> RolloverRun::report_of(const RolloverRow& row) {
    HG_TRY(const auto old, m_state.ledger.find_serial(row.old_serial));
    HG_TRY(const auto made, m_state.ledger.find_serial(row.new_serial));
    HG_ASSERT(old.has_value() && made.has_value());
    RolloverReport report{
        .target = row.target,
        .phase = row.finished_at ? RolloverPhase::finished : RolloverPhase::overlap,
        .old_name = old->name,
        .old_serial = row.old_serial,
        .old_not_after = old->not_after,
        .new_name = made->name,
        .new_serial = row.new_serial,
        .new_not_after = made->not_after,
        .started_at = row.started_at,
        .finished_at = row.finished_at};
    if (row.finished_at) {
        report.steps = rollover_steps(report);
        for (RolloverStep& step : report.steps) {
            step.state = step.id == "tidy" ? RolloverStep::State::now : RolloverStep::State::done;
        }
        return report;
    }
    if (row.target != RolloverTarget::signer) {
        HG_TRY(const auto entries, m_state.ledger.list());
        split_leaves(entries, retiring(IssuerRole::intermediate), m_now, report);
    }
    HG_TRY(const RolloverParts parts, parts_of(row));
    HG_CHECK(add_steps(report, parts, m_now));
    return report;
}

Result<RolloverReport> RolloverRun::status(RolloverTarget target) {
    HG_TRY(const auto last, m_state.ledger.last_rollover(target));
    if (last) {
        return report_of(*last);
    }
    const std::string name(rollover_target_name(target));
    return Error(
        ErrorCode::not_found,
        "expected a rollover of the " + name + ", saw none; 'pki rollover plan " + name +
            "' shows what it would be"
    );
}

}  // namespace heliograph::pki
