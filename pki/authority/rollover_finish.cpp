// SPDX-License-Identifier: Apache-2.0
// The end of a rollover.
//
//   checks -> one ledger transaction (revocations, retired issuers) -> OCSP responses, keys to
//   DIR/retired, root.crt, intermediate.crt -> last lists of the old -> lists of those that stay
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
        ErrorCode::denied,
        "expected every certificate of the old intermediate to be renewed, saw " +
            std::to_string(report.remaining.size()) + " that is not: " + list +
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
        if (row.target == RolloverTarget::signer || issuer.state == IssuerState::active) {
            HG_TRY(PrivateKey key, m_state.key_of(issuer.certificate));
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
            ErrorCode::denied,
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
    const auto old_intermediates = retiring(IssuerRole::intermediate);
    std::erase_if(entries, [&](const LedgerEntry& entry) {
        if (entry.state(m_now) != EntryState::valid) {
            return true;
        }
        if (row.target == RolloverTarget::signer) {
            return entry.serial_hex != row.old_serial;
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

Outcome RolloverRun::sign_last_lists() {
    if (m_state.identity.base_url.empty()) {
        return {};
    }
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
        HG_TRY(const PrivateKey key, load_authority_key(key_file, issuer, m_state.passphrase));
        HG_CHECK(write_last_list(m_state.ledger, m_state.paths, {issuer, key}, m_now));
    }
    return {};
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
        std::vector<LedgerEntry> now_revoked;
        for (const LedgerEntry& entry : revoked) {
            HG_TRY(auto row, m_state.ledger.find_serial(entry.serial_hex));
            HG_ASSERT(row.has_value());
            now_revoked.push_back(std::move(*row));
        }
        HG_CHECK(m_authority.presign_revoked(now_revoked));
        HG_CHECK(reload());
    }
    HG_CHECK(sign_last_lists());
    HG_TRY(const PublishedLists published, m_authority.publish_revocation_lists());
    static_cast<void>(published);
    return status(request.target);
}

}  // namespace heliograph::pki
