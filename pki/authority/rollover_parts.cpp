// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/rollover_parts.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace heliograph::pki {

namespace {

bool is_leaf_of(const LedgerEntry& entry, const std::vector<Certificate>& issuers) {
    return parse_leaf_kind(entry.kind).has_value() &&
           std::any_of(issuers.begin(), issuers.end(), [&entry](const Certificate& issuer) {
               return issuer.serial_hex() == entry.issuer_serial;
           });
}

using State = RolloverStep::State;

State state_of(const RolloverStep& step, const RolloverReport& report) {
    const bool renewed = report.remaining.empty();
    switch (report.phase) {
        case RolloverPhase::planned:
            return step.id == "start" ? State::now : State::later;
        case RolloverPhase::overlap:
            if (step.id == "start" || (step.id == "renew" && renewed)) {
                return State::done;
            }
            return step.id == "tidy" || (step.id == "finish" && !renewed) ? State::later
                                                                          : State::now;
        case RolloverPhase::finished:
            break;
    }
    return step.id == "tidy" ? State::now : State::done;
}

}  // namespace

std::vector<LedgerEntry> newest_of_each_kind(
    const std::vector<LedgerEntry>& entries, const std::vector<Certificate>& issuers, Instant now
) {
    std::map<std::string, const LedgerEntry*> last;
    for (const LedgerEntry& entry : entries) {
        if (is_leaf_of(entry, issuers) && entry.state(now) == EntryState::valid) {
            last[entry.kind] = &entry;
        }
    }
    std::vector<LedgerEntry> newest;
    newest.reserve(last.size());
    for (const auto& [kind, entry] : last) {
        newest.push_back(*entry);
    }
    return newest;
}

bool is_of_same_name(const LedgerEntry& one, const LedgerEntry& other) {
    return one.kind == other.kind && one.name == other.name;
}

LedgerEntry newest_like(
    const std::vector<LedgerEntry>& entries, const LedgerEntry& row, Instant now
) {
    const auto found =
        std::find_if(entries.rbegin(), entries.rend(), [&](const LedgerEntry& entry) {
            return is_of_same_name(entry, row) && entry.state(now) == EntryState::valid;
        });
    return found == entries.rend() ? row : *found;
}

std::vector<ServedLeaf> served_as(const Certificate& certificate, LeafKind kind) {
    switch (kind) {
        case LeafKind::client:
            return {{certificate, ChainPurpose::client}};
        case LeafKind::signer:
            return {{certificate, ChainPurpose::signer}};
        case LeafKind::ocsp:
            return {{certificate, ChainPurpose::ocsp}};
        case LeafKind::recipient:
            return {{certificate, ChainPurpose::recipient}};
        case LeafKind::peer:
            return {{certificate, ChainPurpose::server}, {certificate, ChainPurpose::client}};
        case LeafKind::server:
            break;
    }
    return {{certificate, ChainPurpose::server}};
}

Result<std::vector<ServedLeaf>> served_leaves(
    Ledger& ledger, const std::vector<LedgerEntry>& entries, const Certificate& authority
) {
    std::vector<ServedLeaf> leaves;
    for (const LedgerEntry& entry : entries) {
        HG_TRY(const LeafKind kind, parse_leaf_kind(entry.kind));
        HG_TRY(const Certificate certificate, ledger.certificate(entry.serial_hex));
        const auto shown = served_as(certificate, kind);
        leaves.insert(leaves.end(), shown.begin(), shown.end());
    }
    if (leaves.empty()) {
        leaves.push_back({authority, ChainPurpose::any});
    }
    return leaves;
}

void split_leaves(
    const std::vector<LedgerEntry>& entries,
    const std::vector<Certificate>& old_issuers,
    Instant now,
    RolloverReport& report
) {
    std::set<std::pair<std::string, std::string>> followed;
    for (const LedgerEntry& entry : entries) {
        if (entry.state(now) == EntryState::valid && !is_leaf_of(entry, old_issuers)) {
            followed.insert({entry.kind, entry.name});
        }
    }
    for (const LedgerEntry& entry : entries) {
        if (entry.state(now) == EntryState::valid && is_leaf_of(entry, old_issuers)) {
            const bool has_successor = followed.count({entry.kind, entry.name}) != 0;
            (has_successor ? report.renewed : report.remaining).push_back(entry);
        }
    }
}

Result<Presence> presence_of(Ledger& ledger, const Certificate& certificate, Instant now) {
    HG_TRY(const auto entry, ledger.find_serial(certificate.serial_hex()));
    const bool good = entry && entry->state(now) == EntryState::valid;
    return good ? Presence::in_use : Presence::not_in_use;
}

Result<std::vector<RevocationList>> lists_in_memory(
    Ledger& ledger,
    const std::vector<IssuerView>& issuers,
    const std::vector<LedgerEntry>& more,
    Instant now
) {
    std::vector<RevocationList> lists;
    for (const IssuerView& issuer : issuers) {
        const std::string& serial = issuer.certificate.serial_hex();
        HG_TRY(std::vector<RevokedEntry> revoked, ledger.revoked_by(serial));
        for (const LedgerEntry& entry : more) {
            if (entry.issuer_serial == serial && !entry.revoked_at) {
                revoked.push_back({entry.serial_hex, now, RevocationReason::superseded});
            }
        }
        HG_TRY(
            RevocationList list,
            make_revocation_list({revoked, 1, validity_from(now, std::chrono::days(1))}, issuer)
        );
        lists.push_back(std::move(list));
    }
    return lists;
}

Outcome add_steps(RolloverReport& report, const RolloverParts& parts, Instant now) {
    report.steps = rollover_steps(report);
    HG_TRY(
        const Simulation overlap,
        simulate_moment(parts, RolloverMoment::overlap, ClientsHaveNewRoot::yes, now)
    );
    HG_TRY(
        const Simulation end,
        simulate_moment(parts, RolloverMoment::end, ClientsHaveNewRoot::yes, now)
    );
    for (RolloverStep& step : report.steps) {
        step.state = state_of(step, report);
        step.simulation = step.id == "finish" || step.id == "tidy" ? end : overlap;
    }
    return {};
}

}  // namespace heliograph::pki
