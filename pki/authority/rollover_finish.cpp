// SPDX-License-Identifier: Apache-2.0
// The end of a rollover.
//
//   checks -> one ledger transaction (revocations, retired issuers) -> keys to DIR/retired,
//   root.crt, intermediate.crt -> lists of those that stay -> last OCSP responses and lists of the
//   old
//
// All that follows the transaction is done again by the same command.
#include <pki/authority/rollover_run.hpp>
#include <pki/base/file.hpp>

#include <algorithm>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

Error certificates_remain(const RolloverReport& report) {
    constexpr std::size_t shown = 5;
    std::string list;
    for (std::size_t i = 0; i < std::min(shown, report.remaining.size()); ++i) {
        list += (i == 0 ? "" : ", ") + report.remaining[i].kind + " " + report.remaining[i].name;
    }
    if (report.remaining.size() > shown) {
        list += " and " + std::to_string(report.remaining.size() - shown) + " more";
    }
    return {
        ErrorCode::refused,
        "expected every certificate of the old intermediate to be renewed, saw " +
            std::to_string(report.remaining.size()) + " still to be: " + list +
            "; renew with 'pki renew NAME', or revoke them with --revoke-remaining; nothing was "
            "changed"};
}

// The list of an issuer that signs no more: good until the end of its certificate.
Outcome write_last_list(
    Ledger& ledger, const AuthorityPaths& paths, const IssuerView& issuer, Instant now
) {
    const Validity life{now - issuance_backdate, issuer.certificate.not_after()};
    HG_TRY(const auto revoked, ledger.revoked_by(issuer.certificate.serial_hex()));
    const Validity regular = validity_from(now, std::chrono::days(30));
    HG_TRY(
        const std::uint64_t number, ledger.take_list_number({regular.not_before, regular.not_after})
    );
    HG_TRY(const RevocationList list, make_revocation_list({revoked, number, life}, issuer));
    HG_CHECK(put_list(paths, list));
    HG_TRY(const AuthorityIdentity identity, ledger.identity());
    if (identity.base_url.empty()) {
        return {};
    }
    fs::path place = paths.published() / published_name(issuer.certificate);
    return write_file_atomically(place += ".crl", list.to_der());
}

}  // namespace

Outcome RolloverRun::check_finish(const RolloverRow& row, const RolloverFinish& request) {
    HG_TRY(const RolloverReport report, report_of(row));
    if (!report.remaining.empty() && request.left_over == LeftOver::refused) {
        return certificates_remain(report);
    }
    HG_TRY(RolloverParts parts, parts_of(row));
    HG_TRY(const auto revoked, to_be_revoked(row));
    std::vector<PrivateKey> keys;
    std::vector<const Issuer*> staying;
    for (const Issuer& issuer : m_state.issuers.all) {
        const bool stays =
            row.target == RolloverTarget::signer || issuer.state == IssuerState::active;
        std::error_code ignored;
        if (!stays && !fs::exists(m_state.paths.keys() / issuer.key_file, ignored)) {
            continue;  // Kept elsewhere: it signs nothing more.
        }
        // Those that go sign once more behind the point of no return: whether they can is asked
        // now.
        HG_TRY(PrivateKey key, m_state.key_of(issuer.certificate));
        if (stays) {
            keys.push_back(std::move(key));
            staying.push_back(&issuer);
        }
    }
    std::vector<IssuerView> views;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        views.push_back({staying[i]->certificate, keys[i]});
    }
    HG_TRY(parts.lists, lists_in_memory(m_state.ledger, views, revoked, m_now));
    HG_TRY(
        const Simulation simulation,
        simulate_moment(parts, RolloverMoment::end, request.clients, m_now)
    );
    const bool asks = request.clients == ClientsHaveNewRoot::unknown;
    if (row.target == RolloverTarget::root && simulation.has_gap() && asks) {
        return Error(
            ErrorCode::refused,
            "expected no client to be left with the old root only, saw nobody say so, and " +
                simulation.gaps() +
                "; say --clients-ready when all of them have the root.crt of the overlap; nothing "
                "was changed"
        );
    }
    return refuse_gaps(simulation, "finish");
}

Result<std::vector<LedgerEntry>> RolloverRun::to_be_revoked(const RolloverRow& row) {
    HG_TRY(auto entries, m_state.ledger.list());
    HG_TRY(const auto replaced, m_state.ledger.find_serial(row.old_serial));
    HG_ASSERT(replaced.has_value());
    const auto old_intermediates = retiring(IssuerRole::intermediate);
    std::erase_if(entries, [&](const LedgerEntry& entry) {
        if (entry.state(m_now) != EntryState::valid) {
            return true;
        }
        if (row.target == RolloverTarget::signer) {
            // Renewals of it too, earlier and later ones: they have the same key.
            return !is_of_same_name(entry, *replaced);
        }
        const bool goes = std::any_of(
            old_intermediates.begin(),
            old_intermediates.end(),
            [&entry](const Certificate& old) {
                return entry.issuer_serial == old.serial_hex() ||
                       entry.serial_hex == old.serial_hex();
            }
        );
        return !goes && !(row.target == RolloverTarget::root && entry.kind == "cross");
    });
    return entries;
}

// The last answers are good until the end of each certificate, for nobody can sign others: all of
// them are revoked.
Outcome RolloverRun::sign_last_responses(const IssuerView& issuer) {
    HG_TRY(const auto entries, m_state.ledger.list());
    for (const LedgerEntry& entry : entries) {
        const bool its = entry.issuer_serial == issuer.certificate.serial_hex();
        if (its && entry.revoked_at && m_now <= entry.not_after) {
            const Validity life{m_now - issuance_backdate, entry.not_after};
            HG_CHECK(presign_ocsp(m_state.paths, entry, issuer, life));
        }
    }
    return {};
}

// By those whose keys are still here.
Outcome RolloverRun::sign_for_the_last_time() {
    HG_TRY(const auto rows, m_state.ledger.issuers());
    for (const IssuerRow& row : rows) {
        const fs::path key_file = m_state.paths.retired() / row.key_file;
        std::error_code ignored;
        if (row.state != IssuerState::retired || !fs::exists(key_file, ignored)) {
            continue;
        }
        HG_TRY(const Certificate issuer, m_state.ledger.certificate(row.serial_hex));
        if (m_now > issuer.not_after()) {
            continue;
        }
        HG_TRY(const PrivateKey key, load_authority_key(key_file, issuer, m_state.access));
        if (row.role == IssuerRole::intermediate) {
            HG_CHECK(sign_last_responses({issuer, key}));
        }
        HG_CHECK(write_last_list(m_state.ledger, m_state.paths, {issuer, key}, m_now));
    }
    return {};
}

// The responses of a signer that goes, whose issuer may stay.
Outcome RolloverRun::sign_responses_of_signer(const RolloverRow& row) {
    HG_TRY(const auto replaced, m_state.ledger.find_serial(row.old_serial));
    HG_ASSERT(replaced.has_value());
    HG_TRY(auto entries, m_state.ledger.list_name(replaced->name));
    std::erase_if(entries, [&](const LedgerEntry& entry) {
        return !is_of_same_name(entry, *replaced) || !entry.revoked_at || m_now > entry.not_after;
    });
    return m_authority.presign_revoked(entries);
}

Result<RolloverReport> RolloverRun::finish(const RolloverFinish& request) {
    HG_TRY(const auto last, m_state.ledger.last_rollover(request.target));
    if (!last) {
        return status(request.target);  // Says that there is none.
    }
    if (!last->finished_at) {
        HG_CHECK(check_finish(*last, request));
        HG_TRY(const auto revoked, to_be_revoked(*last));
        HG_CHECK(m_state.ledger.finish_rollover({request.target, m_now, revoked}));
        HG_CHECK(reload());
    }
    HG_TRY(const PublishedLists published, m_authority.publish_revocation_lists());
    static_cast<void>(published);
    if (request.target == RolloverTarget::signer) {
        HG_CHECK(sign_responses_of_signer(*last));
    }
    HG_CHECK(sign_for_the_last_time());
    return status(request.target);
}

}  // namespace heliograph::pki
