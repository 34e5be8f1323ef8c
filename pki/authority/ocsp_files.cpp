// SPDX-License-Identifier: Apache-2.0
// OCSP by the intermediates themselves: responses signed ahead in DIR/ocsp, and answers to
// requests.
#include <pki/authority/authority_state.hpp>
#include <pki/base/file.hpp>
#include <pki/base/folder/atomic_folder.hpp>
#include <pki/ocsp/responder.hpp>

#include <algorithm>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

OcspStatus status_of(const LedgerEntry& entry) {
    if (!entry.revoked_at) {
        return {.state = OcspState::good};
    }
    return {
        .state = OcspState::revoked,
        // As in lists (Ledger::revoked_by).
        .revoked_at = *entry.revoked_at - issuance_backdate,
        .reason = entry.reason.value_or(RevocationReason::unspecified)};
}

OcspLife ocsp_life_from(Instant now, std::chrono::days days) {
    const Validity life = validity_from(now, days);
    return {life.not_before, life.not_after, now};
}

}  // namespace

Outcome presign_ocsp(
    const AuthorityPaths& paths,
    const LedgerEntry& entry,
    const IssuerView& issuer,
    const Validity& life,
    FolderStage stage
) {
    HG_TRY(
        const Bytes response,
        make_ocsp_response(
            entry.serial_hex,
            status_of(entry),
            {issuer.certificate, issuer.certificate, issuer.key},
            {life.not_before, life.not_after, life.not_before + issuance_backdate}
        )
    );
    const fs::path file = paths.ocsp() / (entry.serial_hex + ".der");
    if (stage == FolderStage::being_built) {
        return write_file_in_build(file, response);
    }
    HG_CHECK(make_folder(paths.ocsp()));
    return write_file_atomically(file, response);
}

Result<std::size_t> Authority::refresh_ocsp(std::chrono::days days) {
    if (days < std::chrono::days(1) || days > std::chrono::days(30)) {
        return Error(ErrorCode::invalid_argument, "expected 1 to 30 days, saw another number");
    }
    State& state = *m_state;
    const Instant now = state.clock.now();
    HG_TRY(const auto entries, state.ledger.list());
    for (const LedgerEntry& entry : entries) {
        // An expired certificate's response only takes room.
        if (now > entry.not_after) {
            std::error_code ignored;
            fs::remove(state.paths.ocsp() / (entry.serial_hex + ".der"), ignored);
        }
    }
    std::size_t count = 0;
    for (const Issuer& issuer : state.issuers.all) {
        if (issuer.role == IssuerRole::root) {
            continue;
        }
        HG_TRY(const PrivateKey key, state.key_of(issuer.certificate));
        for (const LedgerEntry& entry : entries) {
            if (entry.issuer_serial == issuer.certificate.serial_hex() && now <= entry.not_after) {
                HG_CHECK(presign_ocsp(
                    state.paths, entry, {issuer.certificate, key}, validity_from(now, days)
                ));
                ++count;
            }
        }
    }
    return count;
}

Result<Bytes> Authority::answer_ocsp_request(ByteSpan request, std::chrono::days days) const {
    State& state = *m_state;
    const auto intermediates = state.issuers.of_role(IssuerRole::intermediate);
    const auto asked = std::find_if(
        intermediates.begin(),
        intermediates.end(),
        [request](const Certificate& issuer) { return asks_about(request, issuer); }
    );
    // Whoever asks about none of ours is told so by the active one.
    const Certificate& issuer = asked == intermediates.end() ? state.intermediate() : *asked;
    HG_TRY(const PrivateKey key, state.key_of(issuer));
    return answer_ocsp(
        request,
        {issuer, issuer, key},
        ocsp_life_from(state.clock.now(), days),
        [&](std::string_view serial) -> Result<OcspStatus> {
            HG_TRY(const auto entry, state.ledger.find_serial(serial));
            const bool ours = entry && entry->issuer_serial == issuer.serial_hex();
            return ours ? status_of(*entry) : OcspStatus{};
        }
    );
}

}  // namespace heliograph::pki
