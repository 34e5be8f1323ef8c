// SPDX-License-Identifier: Apache-2.0
// How others learn of revocations: the lists of all issuers, OCSP responses, and when it is time.
//
//   revoke:  one ledger transaction: revoked, and not told yet -> lists -> OCSP responses -> told
//
// What is not told yet makes the lists `behind`, and whoever signs next makes up for it, so that a
// kill anywhere delays a revocation and loses none.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/list_file.hpp>
#include <pki/base/file.hpp>

#include <algorithm>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::days usual_list_life{30};

bool signed_by(const LedgerEntry& entry, const Issuer& issuer) {
    return entry.issuer_serial == issuer.certificate.serial_hex();
}

bool has_key_here(const AuthorityPaths& paths, const Issuer& issuer) {
    std::error_code ignored;  // What cannot be seen is not there.
    return fs::exists(paths.keys() / issuer.key_file, ignored);
}

Error key_is_elsewhere(const AuthorityPaths& paths, const Issuer& issuer) {
    return {
        ErrorCode::io,
        "the revocation is in the ledger, but no list tells of it: expected the key of '" +
            issuer.certificate.subject() + "' in " + (paths.keys() / issuer.key_file).string() +
            ", saw none; put it there and run 'pki crl'"};
}

}  // namespace

Outcome Authority::presign_revoked(const std::vector<LedgerEntry>& entries) {
    State& state = *m_state;
    const Validity life = validity_from(state.clock.now(), ocsp_days);
    for (const Issuer& issuer : state.issuers.all) {
        const auto is_its = [&issuer](const LedgerEntry& entry) {
            return entry.issuer_serial == issuer.certificate.serial_hex();
        };
        if (issuer.role == IssuerRole::root ||
            std::none_of(entries.begin(), entries.end(), is_its)) {
            continue;
        }
        HG_TRY(const PrivateKey key, state.key_of(issuer.certificate));
        for (const LedgerEntry& entry : entries) {
            if (is_its(entry)) {
                HG_CHECK(presign_ocsp(state.paths, entry, {issuer.certificate, key}, life));
            }
        }
    }
    return {};
}

Result<ListState> Authority::list_state() const {
    return list_state_of(m_state->ledger, m_state->clock.now());
}

Result<ListState> list_state_of(Ledger& ledger, Instant now) {
    HG_TRY(const auto last, ledger.last_published());
    HG_TRY(const bool complete, ledger.lists_are_complete());
    if (!last || now > last->next_update) {
        return ListState::over;
    }
    if (!complete) {
        return ListState::behind;
    }
    const auto third = (last->next_update - last->this_update) / 3;
    if (now >= last->next_update - third) {
        return ListState::late;
    }
    return now >= last->this_update + third ? ListState::due : ListState::fresh;
}

bool Authority::has_all_keys() const {
    const auto& issuers = m_state->issuers.all;
    return std::all_of(issuers.begin(), issuers.end(), [this](const Issuer& issuer) {
        return has_key_here(m_state->paths, issuer);
    });
}

Outcome Authority::sign_lists(
    const std::vector<Issuer>& issuers, const Validity& life, const PublishedLife& recorded
) {
    std::vector<PrivateKey> keys;
    for (const Issuer& issuer : issuers) {
        HG_TRY(PrivateKey key, m_state->key_of(issuer.certificate));
        keys.push_back(std::move(key));
    }
    std::vector<IssuerView> views;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        views.push_back({issuers[i].certificate, keys[i]});
    }
    HG_TRY(auto told, m_state->ledger.untold());
    std::erase_if(told, [&issuers](const LedgerEntry& entry) {
        return std::none_of(issuers.begin(), issuers.end(), [&entry](const Issuer& issuer) {
            return signed_by(entry, issuer);
        });
    });
    HG_CHECK(write_revocation_lists(m_state->ledger, m_state->paths, views, life, recorded));
    HG_CHECK(presign_revoked(told));
    return m_state->ledger.mark_told(told);
}

Result<PublishedLists> Authority::publish_revocation_lists(std::chrono::days days) {
    if (days < std::chrono::days(1) || days > std::chrono::days(366)) {
        return Error(ErrorCode::invalid_argument, "expected 1 to 366 days, saw another number");
    }
    const Validity life = validity_from(m_state->clock.now(), days);
    HG_CHECK(sign_lists(m_state->issuers.all, life, {life.not_before, life.not_after}));
    return PublishedLists{m_state->paths.lists(), life.not_after};
}

// Those lists that lack a revocation and whose keys are here. The others stay as they are, and with
// them the time when all must be made anew.
Outcome Authority::sign_lists_that_are_behind() {
    HG_TRY(const auto untold, m_state->ledger.untold());
    std::vector<Issuer> behind;
    for (const Issuer& issuer : m_state->issuers.all) {
        const bool lacks_one = std::any_of(untold.begin(), untold.end(), [&](const auto& entry) {
            return signed_by(entry, issuer);
        });
        if (lacks_one && has_key_here(m_state->paths, issuer)) {
            behind.push_back(issuer);
        }
    }
    HG_TRY(const auto last, m_state->ledger.last_published());
    if (behind.empty() || !last) {
        return {};
    }
    return sign_lists(behind, validity_from(m_state->clock.now(), usual_list_life), *last);
}

Outcome Authority::tell_of_revocations() {
    if (has_all_keys()) {
        HG_TRY(const PublishedLists published, publish_revocation_lists(usual_list_life));
        static_cast<void>(published);
        return {};
    }
    HG_CHECK(sign_lists_that_are_behind());
    HG_TRY(const auto untold, m_state->ledger.untold());
    for (const Issuer& issuer : m_state->issuers.all) {
        for (const LedgerEntry& entry : untold) {
            if (signed_by(entry, issuer)) {
                return key_is_elsewhere(m_state->paths, issuer);
            }
        }
    }
    return {};
}

Outcome Authority::keep_lists_fresh() {
    HG_TRY(const ListState lists, list_state());
    if (lists == ListState::fresh) {
        return {};
    }
    // A root key that is kept elsewhere, as it should be, cannot sign here and now.
    if (!has_all_keys()) {
        return sign_lists_that_are_behind();
    }
    HG_TRY(const auto last, m_state->ledger.last_published());
    const auto life = last ? std::chrono::ceil<std::chrono::days>(
                                 last->next_update - last->this_update - issuance_backdate
                             )
                           : usual_list_life;
    HG_TRY(
        const PublishedLists published,
        publish_revocation_lists(std::clamp(life, std::chrono::days(1), std::chrono::days(366)))
    );
    static_cast<void>(published);
    return {};
}

Outcome write_revocation_lists(
    Ledger& ledger,
    const AuthorityPaths& paths,
    const std::vector<IssuerView>& issuers,
    const Validity& validity,
    const PublishedLife& recorded
) {
    std::vector<std::vector<RevokedEntry>> revoked;
    for (const IssuerView& issuer : issuers) {
        HG_TRY(auto entries, ledger.revoked_by(issuer.certificate.serial_hex()));
        revoked.push_back(std::move(entries));
    }
    // One number for all: each issuer's own lists still count upwards.
    HG_TRY(const std::uint64_t number, ledger.take_list_number(recorded));
    HG_TRY(const AuthorityIdentity identity, ledger.identity());
    std::vector<RevocationList> lists;
    for (std::size_t i = 0; i < issuers.size(); ++i) {
        HG_TRY(
            RevocationList list, make_revocation_list({revoked[i], number, validity}, issuers[i])
        );
        if (!identity.base_url.empty()) {
            const Certificate& issuer = issuers[i].certificate;
            const fs::path place = paths.published() / published_name(issuer);
            HG_CHECK(make_folder(paths.published()));
            HG_CHECK(write_file_atomically(fs::path(place) += ".crt", issuer.to_der()));
            HG_CHECK(write_file_atomically(fs::path(place) += ".crl", list.to_der()));
        }
        lists.push_back(std::move(list));
    }
    return write_list_file(paths, std::move(lists));
}

}  // namespace heliograph::pki
