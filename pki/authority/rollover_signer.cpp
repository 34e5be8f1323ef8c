// SPDX-License-Identifier: Apache-2.0
// The part of a rollover that is about page signers.
#include <pki/authority/leaf_key.hpp>
#include <pki/authority/rollover_run.hpp>

#include <algorithm>
#include <set>

namespace heliograph::pki {

namespace {

// `page-signer` is followed by `page-signer-2`, that by `page-signer-3`.
std::string name_after(const std::string& name) {
    const auto dash = name.rfind('-');
    const bool numbered =
        dash != std::string::npos && dash > 0 && dash + 1 < name.size() &&
        name.size() - dash <= 5 &&
        std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1, name.end(), [](char c) {
            return c >= '0' && c <= '9';
        });
    return numbered
               ? name.substr(0, dash + 1) + std::to_string(1 + std::stoi(name.substr(dash + 1)))
               : name + "-2";
}

Result<IssueRequest> successor_of(Ledger& ledger, const LedgerEntry& old) {
    HG_TRY(const Certificate certificate, ledger.certificate(old.serial_hex));
    IssueRequest request{.kind = LeafKind::signer, .name = name_after(old.name)};
    for (;;) {
        HG_TRY(const auto taken, ledger.list_name(request.name));
        if (taken.empty()) {
            break;
        }
        request.name = name_after(request.name);
    }
    HG_CHECK(check_issue_request(request));  // The number makes the name longer.
    request.key_type = type_of(certificate.public_key());
    request.days =
        std::chrono::ceil<std::chrono::days>(old.not_after - old.not_before - issuance_backdate);
    return request;
}

}  // namespace

Result<LedgerEntry> RolloverRun::signer_to_follow(const std::string& name) {
    HG_TRY(auto entries, name.empty() ? m_state.ledger.list() : m_state.ledger.list_name(name));
    std::erase_if(entries, [this](const LedgerEntry& entry) {
        return entry.kind != leaf_kind_name(LeafKind::signer) ||
               entry.state(m_now) != EntryState::valid;
    });
    std::set<std::string> names;
    std::string list;
    for (const LedgerEntry& entry : entries) {
        if (names.insert(entry.name).second) {
            list += (list.empty() ? "" : ", ") + entry.name;
        }
    }
    if (names.empty()) {
        return Error(
            ErrorCode::not_found,
            "expected a valid page signer to follow" +
                (name.empty() ? "" : " of the name " + name) +
                ", saw none; 'pki list' shows them all, 'pki issue signer NAME' makes one"
        );
    }
    if (names.size() > 1) {
        return Error(
            ErrorCode::invalid_argument,
            "expected one page signer to follow, saw " + list + "; name the one"
        );
    }
    return entries.back();
}

Result<RolloverReport> RolloverRun::prepare_signer(const LedgerEntry& old) {
    HG_TRY(const IssueRequest request, successor_of(m_state.ledger, old));
    HG_TRY(const PrivateKey issuer_key, m_state.issuing_key({LeafKind::signer}));
    HG_TRY(const PrivateKey key, PrivateKey::generate(request.key_type));
    LeafProfile profile = profile_of(request, m_state.identity, m_state.intermediate(), m_now);
    profile.subject_key = key.public_key();
    HG_TRY(
        const Certificate candidate,
        make_leaf(profile, {m_state.intermediate(), issuer_key}, m_state.root())
    );
    RolloverReport report{
        .target = RolloverTarget::signer,
        .phase = RolloverPhase::planned,
        .old_name = old.name,
        .old_serial = old.serial_hex,
        .old_not_after = old.not_after,
        .new_name = request.name,
        .new_not_after = candidate.not_after()};
    HG_TRY(
        RolloverParts parts,
        parts_of({RolloverTarget::signer, old.serial_hex, old.serial_hex, m_now, std::nullopt})
    );
    parts.new_leaves = {{candidate, ChainPurpose::signer}};
    HG_CHECK(add_steps(report, parts, m_now));
    return report;
}

// One signer at a time: whoever names another would be told of the wrong one.
Outcome RolloverRun::check_same_signer(const RolloverRow& open, const std::string& wanted) {
    HG_TRY(const auto old, m_state.ledger.find_serial(open.old_serial));
    HG_ASSERT(old.has_value());
    if (wanted.empty() || wanted == old->name) {
        return {};
    }
    return Error(
        ErrorCode::conflict,
        "expected no other rollover of a signer under way, saw that of " + old->name +
            "; end it first with 'pki rollover finish signer'"
    );
}

Result<RolloverReport> RolloverRun::start_signer(const LedgerEntry& old, const KeyLock& key_lock) {
    HG_TRY(const RolloverReport planned, prepare_signer(old));
    HG_CHECK(refuse_gaps(planned.steps.front().simulation, "start"));
    HG_TRY(const IssueRequest request, successor_of(m_state.ledger, old));
    HG_CHECK(check_successor_protection(m_state.paths, old, key_lock));
    HG_TRY(const PrivateKey key, PrivateKey::generate(request.key_type));
    HG_TRY(const SecretBytes key_pem, render_leaf_key(key, key_lock));
    HG_TRY(
        const Issued issued,
        m_authority.issue_one({request, key.public_key(), key_pem.expose(), old.serial_hex})
    );
    static_cast<void>(issued);
    return status(RolloverTarget::signer);
}

}  // namespace heliograph::pki
