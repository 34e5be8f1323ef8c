// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/authority/list_file.hpp>
#include <pki/base/file.hpp>

#include <algorithm>
#include <set>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

// Folders that a killed process was building. Under the lock nobody else builds, and no certificate
// has such a name.
void remove_left_overs(const fs::path& issued) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(issued, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with('.') && name.ends_with(".tmp")) {
            std::error_code failure;  // What cannot be removed is only a hidden left-over.
            fs::remove_all(entry.path(), failure);
        }
    }
}

bool is_authority_kind(const LedgerEntry& entry) {
    return entry.kind == "root" || entry.kind == "intermediate" || entry.kind == "cross";
}

Error several_valid(const std::vector<LedgerEntry>& found) {
    std::string list;
    for (const LedgerEntry& entry : found) {
        list += (list.empty() ? "" : ", ") + entry.serial_hex + " (until " +
                format_rfc3339(entry.not_after) + ")";
    }
    return {
        ErrorCode::invalid_argument,
        "expected a name with one valid certificate, saw " + std::to_string(found.size()) + " of " +
            found.front().name + ": " + list + "; name one serial, or take all of them with --all"};
}

}  // namespace

std::string_view entry_state_name(EntryState state) {
    switch (state) {
        case EntryState::valid:
            return "valid";
        case EntryState::expired:
            return "expired";
        case EntryState::revoked:
            break;
    }
    return "revoked";
}

EntryState LedgerEntry::state(Instant at) const {
    if (revoked_at) {
        return EntryState::revoked;
    }
    return at > not_after ? EntryState::expired : EntryState::valid;
}

Authority::Authority(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
Authority::Authority(Authority&&) noexcept = default;
Authority& Authority::operator=(Authority&&) noexcept = default;
Authority::~Authority() = default;

bool Authority::is_authority(const fs::path& folder) {
    const AuthorityPaths paths{folder};
    std::error_code ignored;
    return fs::is_regular_file(paths.root(), ignored) &&
           fs::is_regular_file(paths.ledger(), ignored);
}

Result<Authority> Authority::open(
    const fs::path& folder, const Clock& clock, PassphraseSource passphrase
) {
    if (!is_authority(folder)) {
        return Error(
            ErrorCode::not_found,
            "expected an authority in " + folder.string() +
                ", saw none; make one with 'pki init', or name its folder with --dir"
        );
    }
    const AuthorityPaths paths{folder};
    // Several processes may issue at the same time; each is done in milliseconds, so waiting is
    // kinder than failing.
    HG_TRY(FileLock lock, FileLock::wait_for(paths.lock(), lock_patience));
    HG_TRY(Ledger ledger, Ledger::open(paths.ledger(), OpenMode::existing));
    HG_CHECK(finish_renewals(ledger, paths));
    remove_left_overs(paths.issued());
    HG_TRY(AuthorityIdentity identity, ledger.identity());
    HG_TRY(IssuerSet issuers, IssuerSet::load(ledger, clock.now()));
    HG_CHECK(settle_issuer_files(ledger, paths, issuers));
    return Authority(std::make_unique<State>(State{
        paths,
        std::move(lock),
        std::move(ledger),
        std::move(issuers),
        clock,
        std::move(identity),
        std::move(passphrase)}));
}

const fs::path& Authority::folder() const {
    return m_state->paths.folder;
}
const Certificate& Authority::root() const {
    return m_state->root();
}
const Certificate& Authority::intermediate() const {
    return m_state->intermediate();
}
std::vector<Certificate> Authority::roots() const {
    return m_state->issuers.of_role(IssuerRole::root);
}
std::vector<Certificate> Authority::sent_along() const {
    return m_state->issuers.sent_along();
}

Instant Authority::now() const {
    return m_state->clock.now();
}

Outcome Authority::copy_ledger(const fs::path& file) const {
    return m_state->ledger.copy_to(file);
}

Result<std::vector<LedgerEntry>> Authority::list() const {
    return m_state->ledger.list();
}

Result<std::vector<LedgerEntry>> Authority::find(const std::string& name_or_serial) const {
    HG_TRY(const auto by_serial, m_state->ledger.find_serial(name_or_serial));
    if (by_serial) {
        return std::vector<LedgerEntry>{*by_serial};
    }
    return m_state->ledger.list_name(name_or_serial);
}

Result<Certificate> Authority::certificate(const std::string& serial_hex) const {
    return m_state->ledger.certificate(serial_hex);
}

Result<std::vector<LedgerEntry>> Authority::due(LifeFraction left) const {
    if (left.denominator == 0 || left.numerator == 0 || left.numerator > left.denominator) {
        return Error(
            ErrorCode::invalid_argument, "expected a part of a life such as 1/3, saw another"
        );
    }
    HG_TRY(auto entries, m_state->ledger.list());
    const Instant now = m_state->clock.now();
    std::vector<LedgerEntry> due;
    std::set<std::pair<std::string, std::string>> seen;
    // Newest first: older certificates of a name that was renewed are let run out.
    std::reverse(entries.begin(), entries.end());
    for (LedgerEntry& entry : entries) {
        if (is_authority_kind(entry) || !seen.insert({entry.kind, entry.name}).second) {
            continue;
        }
        const auto life = entry.not_after - entry.not_before;
        const bool near = (entry.not_after - now) * left.denominator <= life * left.numerator;
        if (!entry.revoked_at && near) {
            due.push_back(std::move(entry));
        }
    }
    std::reverse(due.begin(), due.end());
    return due;
}

Result<std::vector<LedgerEntry>> Authority::revoke(const RevokeRequest& request) {
    HG_TRY(std::vector<LedgerEntry> found, find(request.name_or_serial));
    if (found.empty()) {
        return Error(
            ErrorCode::not_found,
            "expected the name or serial of a certificate of this authority, saw one that the "
            "ledger does not know; 'pki list' shows them all"
        );
    }
    if (found.front().kind == "root") {
        return Error(
            ErrorCode::invalid_argument,
            "expected a certificate that somebody above can revoke, saw the root; remove it from "
            "the trust of those who pinned it"
        );
    }
    const Instant now = m_state->clock.now();
    const bool by_serial = found.front().serial_hex == request.name_or_serial;
    // An expired certificate needs no revoking, unless it was named by its own serial.
    std::erase_if(found, [&](const LedgerEntry& entry) {
        return !by_serial && entry.state(now) == EntryState::expired;
    });
    if (found.empty()) {
        return Error(
            ErrorCode::not_found,
            "expected a certificate that is still valid, saw only expired ones of this name"
        );
    }
    const auto valid = std::count_if(found.begin(), found.end(), [&](const LedgerEntry& entry) {
        return entry.state(now) == EntryState::valid;
    });
    if (!by_serial && valid > 1 && request.scope == RevokeScope::only_one) {
        std::erase_if(found, [&](const LedgerEntry& entry) {
            return entry.state(now) != EntryState::valid;
        });
        return several_valid(found);
    }
    HG_CHECK(m_state->ledger.revoke(found, {now, request.reason}));
    HG_TRY(const PublishedLists lists, publish_revocation_lists());
    std::vector<LedgerEntry> revoked;
    for (const LedgerEntry& entry : found) {
        HG_TRY(auto row, m_state->ledger.find_serial(entry.serial_hex));
        HG_ASSERT(row.has_value());
        revoked.push_back(std::move(*row));
    }
    HG_CHECK(presign_revoked(revoked));
    return revoked;
}

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
    HG_TRY(const auto last, m_state->ledger.last_published());
    HG_TRY(const bool complete, m_state->ledger.lists_follow_issuers());
    const Instant now = m_state->clock.now();
    if (!last || !complete || now > last->next_update) {
        return ListState::over;
    }
    const auto third = (last->next_update - last->this_update) / 3;
    if (now >= last->next_update - third) {
        return ListState::late;
    }
    return now >= last->this_update + third ? ListState::due : ListState::fresh;
}

Result<PublishedLists> Authority::publish_revocation_lists(std::chrono::days days) {
    if (days < std::chrono::days(1) || days > std::chrono::days(366)) {
        return Error(ErrorCode::invalid_argument, "expected 1 to 366 days, saw another number");
    }
    const Validity life = validity_from(m_state->clock.now(), days);
    std::vector<PrivateKey> keys;
    for (const Issuer& issuer : m_state->issuers.all) {
        HG_TRY(PrivateKey key, m_state->key_of(issuer.certificate));
        keys.push_back(std::move(key));
    }
    std::vector<IssuerView> views;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        views.push_back({m_state->issuers.all[i].certificate, keys[i]});
    }
    HG_CHECK(write_revocation_lists(m_state->ledger, m_state->paths, views, life));
    return PublishedLists{m_state->paths.lists(), life.not_after};
}

Outcome write_revocation_lists(
    Ledger& ledger,
    const AuthorityPaths& paths,
    const std::vector<IssuerView>& issuers,
    const Validity& validity
) {
    std::vector<std::vector<RevokedEntry>> revoked;
    for (const IssuerView& issuer : issuers) {
        HG_TRY(auto entries, ledger.revoked_by(issuer.certificate.serial_hex()));
        revoked.push_back(std::move(entries));
    }
    // One number for all: each issuer's own lists still count upwards.
    HG_TRY(
        const std::uint64_t number,
        ledger.take_list_number({validity.not_before, validity.not_after})
    );
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
