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
#include <pki/base/folder/atomic_folder.hpp>

#include <algorithm>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::days usual_list_life{30};

bool signed_by(const LedgerEntry& entry, const Certificate& issuer) {
    return entry.issuer_serial == issuer.serial_hex();
}

bool lacks_one(const Certificate& issuer, const std::vector<LedgerEntry>& untold) {
    return std::any_of(untold.begin(), untold.end(), [&issuer](const LedgerEntry& entry) {
        return signed_by(entry, issuer);
    });
}

bool are_all_here(const std::vector<KeyAtHand>& keys) {
    return std::all_of(keys.begin(), keys.end(), [](const KeyAtHand& one) {
        return one.key.has_value();
    });
}

// The revocation holds whatever comes next, so every error behind it says that it does.
Error untold_for_now(const Error& reason) {
    return {
        reason.code(),
        "the revocation is in the ledger, but no list tells of it: " + reason.describe() +
            "; then run 'pki crl'"};
}

Error key_is_elsewhere(const AuthorityPaths& paths, const KeyAtHand& closed) {
    const fs::path file = paths.keys() / closed.issuer.key_file;
    const std::string start =
        "the revocation is in the ledger, but no list tells of it: expected the key of '" +
        closed.issuer.certificate.subject() + "' in ";
    std::error_code ignored;  // What cannot be seen is not there.
    if (!fs::exists(file, ignored)) {
        return {
            ErrorCode::io, start + file.string() + ", saw none; put it there and run 'pki crl'"};
    }
    return {
        ErrorCode::io,
        start + "its device, which did not open it (" + closed.key.error().describe() +
            "); run 'pki crl' with the device and its PIN"};
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
    const State& state = *m_state;
    return list_state_of(m_state->ledger, state.paths, state.issuers.all, state.clock.now());
}

Result<ListState> list_state_of(
    Ledger& ledger, const AuthorityPaths& paths, const std::vector<Issuer>& issuers, Instant now
) {
    HG_TRY(const auto last, ledger.last_published());
    HG_TRY(const bool complete, ledger.lists_are_complete());
    if (!last || now > last->next_update) {
        return ListState::over;
    }
    if (!complete) {
        return ListState::behind;
    }
    HG_TRY(const std::uint64_t number, ledger.last_list_number());
    const auto lists = published_lists(paths.lists());
    if (!lists || !are_of_publication(*lists, issuers, number)) {
        return ListState::lost;
    }
    if (now < last->this_update) {
        return ListState::clock;
    }
    const auto third = (last->next_update - last->this_update) / 3;
    if (now >= last->next_update - third) {
        return ListState::late;
    }
    return now >= last->this_update + third ? ListState::due : ListState::fresh;
}

Result<std::vector<KeyAtHand>> Authority::State::keys_at_hand() const {
    std::vector<KeyAtHand> keys;
    for (const Issuer& issuer : issuers.all) {
        const fs::path file = paths.keys() / issuer.key_file;
        auto key = key_of(issuer.certificate);
        std::error_code ignored;  // What cannot be seen is not there.
        if (!key && fs::exists(file, ignored)) {
            HG_TRY(const bool in_device, is_device_key(file));
            if (!in_device) {
                return std::move(key).error();
            }
        }
        keys.push_back({issuer, std::move(key)});
    }
    return keys;
}

Outcome Authority::sign_lists(
    const std::vector<IssuerView>& issuers, const Validity& life, const PublishedLife& recorded
) {
    HG_TRY(auto told, m_state->ledger.untold());
    std::erase_if(told, [&issuers](const LedgerEntry& entry) {
        return std::none_of(issuers.begin(), issuers.end(), [&entry](const IssuerView& issuer) {
            return signed_by(entry, issuer.certificate);
        });
    });
    HG_CHECK(write_revocation_lists(m_state->ledger, m_state->paths, issuers, {life, recorded}));
    HG_CHECK(presign_revoked(told));
    return m_state->ledger.mark_told(told);
}

Result<PublishedLists> Authority::sign_all_lists(
    const std::vector<KeyAtHand>& keys, std::chrono::days days
) {
    HG_CHECK(check_issuer_life(m_state->issuers.intermediate, m_state->clock.now()));
    std::vector<IssuerView> issuers;
    for (const KeyAtHand& one : keys) {
        HG_ASSERT(one.key.has_value());
        issuers.push_back({one.issuer.certificate, *one.key});
    }
    const Validity life = validity_from(m_state->clock.now(), days);
    HG_CHECK(sign_lists(issuers, life, {life.not_before, life.not_after}));
    return PublishedLists{m_state->paths.lists(), life.not_after};
}

Result<PublishedLists> Authority::publish_revocation_lists(std::chrono::days days) {
    if (days < std::chrono::days(1) || days > std::chrono::days(366)) {
        return Error(ErrorCode::invalid_argument, "expected 1 to 366 days, saw another number");
    }
    std::vector<KeyAtHand> keys;
    for (const Issuer& issuer : m_state->issuers.all) {
        // The first that does not open ends it: a wrong PIN is tried once.
        HG_TRY(PrivateKey key, m_state->key_of(issuer.certificate));
        keys.push_back({issuer, std::move(key)});
    }
    return sign_all_lists(keys, days);
}

// Those lists that lack a revocation, or are not in crl.pem, and whose keys are here. The others
// stay as they are, and with them the time when all must be made anew.
Outcome Authority::sign_lists_that_are_behind(const std::vector<KeyAtHand>& keys) {
    HG_TRY(const auto untold, m_state->ledger.untold());
    const auto read = published_lists(m_state->paths.lists());
    // A file that cannot be read is replaced.
    const auto published = read ? *read : std::vector<RevocationList>();
    std::vector<IssuerView> behind;
    for (const KeyAtHand& one : keys) {
        const Certificate& issuer = one.issuer.certificate;
        if (one.key && (lacks_one(issuer, untold) || !have_list_of(published, issuer))) {
            behind.push_back({one.issuer.certificate, *one.key});
        }
    }
    HG_TRY(const auto last, m_state->ledger.last_published());
    if (behind.empty() || !last) {
        return {};
    }
    return sign_lists(behind, validity_from(m_state->clock.now(), usual_list_life), *last);
}

Outcome Authority::tell_of_revocations() {
    const auto keys = m_state->keys_at_hand();
    if (!keys) {
        return untold_for_now(keys.error());
    }
    if (are_all_here(*keys)) {
        const auto published = sign_all_lists(*keys, usual_list_life);
        return published ? Outcome() : untold_for_now(published.error());
    }
    if (const auto told = sign_lists_that_are_behind(*keys); !told) {
        return untold_for_now(told.error());
    }
    HG_TRY(const auto untold, m_state->ledger.untold());
    for (const KeyAtHand& one : *keys) {
        if (!one.key && lacks_one(one.issuer.certificate, untold)) {
            return key_is_elsewhere(m_state->paths, one);
        }
    }
    return {};
}

Outcome Authority::keep_lists_fresh() {
    HG_TRY(const ListState lists, list_state());
    // Lists under a clock that may be wrong are a matter for people.
    if (lists == ListState::fresh || lists == ListState::clock) {
        return {};
    }
    HG_TRY(const auto keys, m_state->keys_at_hand());
    // A root key that is kept elsewhere, as it should be, cannot sign here and now.
    if (!are_all_here(keys)) {
        return sign_lists_that_are_behind(keys);
    }
    HG_TRY(const auto last, m_state->ledger.last_published());
    const auto life = last ? std::chrono::ceil<std::chrono::days>(
                                 last->next_update - last->this_update - issuance_backdate
                             )
                           : usual_list_life;
    HG_TRY(
        const PublishedLists published,
        sign_all_lists(keys, std::clamp(life, std::chrono::days(1), std::chrono::days(366)))
    );
    static_cast<void>(published);
    return {};
}

namespace {

// What others find under the base URL of an issuer.
Outcome publish_list(
    const AuthorityPaths& paths,
    const Certificate& issuer,
    const RevocationList& list,
    FolderStage stage
) {
    const fs::path place = paths.published() / published_name(issuer);
    const fs::path certificate = fs::path(place) += ".crt";
    const fs::path listed = fs::path(place) += ".crl";
    if (stage == FolderStage::being_built) {
        HG_CHECK(write_file_in_build(certificate, issuer.to_der()));
        return write_file_in_build(listed, list.to_der());
    }
    HG_CHECK(write_file_atomically(certificate, issuer.to_der()));
    return write_file_atomically(listed, list.to_der());
}

}  // namespace

Outcome write_revocation_lists(
    Ledger& ledger,
    const AuthorityPaths& paths,
    const std::vector<IssuerView>& issuers,
    const ListTerms& terms
) {
    std::vector<std::vector<RevokedEntry>> revoked;
    for (const IssuerView& issuer : issuers) {
        HG_TRY(auto entries, ledger.revoked_by(issuer.certificate.serial_hex()));
        revoked.push_back(std::move(entries));
    }
    // One number for all: each issuer's own lists still count upwards.
    HG_TRY(const std::uint64_t number, ledger.take_list_number(terms.recorded));
    HG_TRY(const AuthorityIdentity identity, ledger.identity());
    if (!identity.base_url.empty()) {
        HG_CHECK(
            terms.stage == FolderStage::being_built ? make_folder_in_build(paths.published())
                                                    : make_folder(paths.published())
        );
    }
    std::vector<RevocationList> lists;
    for (std::size_t i = 0; i < issuers.size(); ++i) {
        HG_TRY(
            RevocationList list,
            make_revocation_list({revoked[i], number, terms.validity}, issuers[i])
        );
        if (!identity.base_url.empty()) {
            HG_CHECK(publish_list(paths, issuers[i].certificate, list, terms.stage));
        }
        lists.push_back(std::move(list));
    }
    return terms.stage == FolderStage::being_built ? write_list_file_in_build(paths, lists)
                                                   : write_list_file(paths, std::move(lists));
}

}  // namespace heliograph::pki
