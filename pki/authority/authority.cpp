// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/base/file.hpp>

#include <algorithm>
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

Result<PrivateKey> load_root_key(const Authority& authority, const AuthorityPaths& paths) {
    return load_authority_key(paths.root_key(), authority.root());
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

Result<Authority> Authority::open(const fs::path& folder, const Clock& clock) {
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
    remove_left_overs(paths.issued());
    HG_TRY(Ledger ledger, Ledger::open(paths.ledger(), OpenMode::existing));
    HG_TRY(std::string name, ledger.name());
    HG_TRY(Certificate root, load_authority_certificate(paths.root()));
    HG_TRY(Certificate intermediate, load_authority_certificate(paths.intermediate()));
    return Authority(std::make_unique<State>(State{
        paths,
        std::move(lock),
        std::move(ledger),
        std::move(root),
        std::move(intermediate),
        clock,
        std::move(name)}));
}

const fs::path& Authority::folder() const {
    return m_state->paths.folder;
}
const Certificate& Authority::root() const {
    return m_state->root;
}
const Certificate& Authority::intermediate() const {
    return m_state->intermediate;
}

Result<std::vector<LedgerEntry>> Authority::list() const {
    return m_state->ledger.list();
}

Result<std::vector<LedgerEntry>> Authority::revoke(const RevokeRequest& request) {
    HG_TRY(std::vector<LedgerEntry> found, m_state->ledger.list_name(request.name_or_serial));
    HG_TRY(const auto by_serial, m_state->ledger.find_serial(request.name_or_serial));
    if (by_serial) {
        found = {*by_serial};
    }
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
    HG_CHECK(m_state->ledger.revoke(found, {now, request.reason}));
    HG_TRY(const PublishedLists lists, publish_revocation_lists());
    std::vector<LedgerEntry> revoked;
    for (const LedgerEntry& entry : found) {
        HG_TRY(auto row, m_state->ledger.find_serial(entry.serial_hex));
        HG_ASSERT(row.has_value());
        revoked.push_back(std::move(*row));
    }
    return revoked;
}

Result<PublishedLists> Authority::publish_revocation_lists(std::chrono::days days) {
    if (days < std::chrono::days(1) || days > std::chrono::days(366)) {
        return Error(ErrorCode::invalid_argument, "expected 1 to 366 days, saw another number");
    }
    HG_TRY(const PrivateKey root_key, load_root_key(*this, m_state->paths));
    HG_TRY(
        const PrivateKey intermediate_key,
        load_authority_key(m_state->paths.intermediate_key(), m_state->intermediate)
    );
    const Validity life = validity_from(m_state->clock.now(), days);
    HG_TRY(
        const std::string lists,
        render_revocation_lists(
            m_state->ledger,
            {m_state->root, root_key, m_state->intermediate, intermediate_key},
            life
        )
    );
    HG_CHECK(write_file_atomically(m_state->paths.lists(), bytes_of(lists)));
    return PublishedLists{m_state->paths.lists(), life.not_after};
}

Result<std::string> render_revocation_lists(
    Ledger& ledger, const ListIssuers& issuers, const Validity& validity
) {
    HG_TRY(const auto by_root, ledger.revoked_by(IssuerRole::root));
    HG_TRY(const auto by_intermediate, ledger.revoked_by(IssuerRole::intermediate));
    // One number for both: each issuer's own lists still count upwards.
    HG_TRY(
        const std::uint64_t number,
        ledger.take_list_number({validity.not_before, validity.not_after})
    );
    HG_TRY(
        const RevocationList root,
        make_revocation_list({by_root, number, validity}, {issuers.root, issuers.root_key})
    );
    HG_TRY(
        const RevocationList intermediate,
        make_revocation_list(
            {by_intermediate, number, validity}, {issuers.intermediate, issuers.intermediate_key}
        )
    );
    return root.to_pem() + intermediate.to_pem();
}

}  // namespace heliograph::pki
