// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/authority/delivery.hpp>
#include <pki/authority/place.hpp>
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
    for (const fs::path& path : paths_in(issued)) {
        const std::string name = path.filename().string();
        // Files that the ledger knows and that found their place taken wait on.
        if (name.starts_with('.') && name.ends_with(".tmp") && name != ".issuing.tmp") {
            std::error_code ignored;  // What cannot be removed is only a hidden left-over.
            fs::remove_all(path, ignored);
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

// RFC 5280 knows no change of a reason: lists that named the first are out there.
Outcome check_reason_stands(
    const std::vector<LedgerEntry>& found, const std::optional<RevocationReason>& wanted
) {
    for (const LedgerEntry& entry : found) {
        if (entry.revoked_at && wanted && *wanted != *entry.reason) {
            return Error(
                ErrorCode::refused,
                "expected a certificate that is not revoked, saw " + entry.name + ", serial " +
                    entry.serial_hex + ", which was revoked at " +
                    format_rfc3339(*entry.revoked_at) + " for " +
                    std::string(revocation_reason_name(*entry.reason)) +
                    "; the reason of a revocation stands"
            );
        }
    }
    return {};
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

namespace {

// SQLite takes a file without a byte for a new database and would fill it.
bool is_empty_file(const fs::path& path) {
    std::error_code failure;
    const auto size = fs::file_size(path, failure);
    return !failure && size == 0;
}

Error part_is_gone(const fs::path& folder, const fs::path& missing, const std::string& seen) {
    return {
        ErrorCode::io,
        "expected the authority in " + folder.string() + " to have its " +
            missing.filename().string() + ", saw " + seen +
            "; bring a backup back into a new folder with 'pki restore'"};
}

}  // namespace

bool Authority::is_authority(const fs::path& folder) {
    const AuthorityPaths paths{folder};
    std::error_code ignored;
    return fs::is_regular_file(paths.root(), ignored) &&
           fs::is_regular_file(paths.ledger(), ignored);
}

Outcome check_is_authority(const fs::path& folder) {
    const AuthorityPaths paths{folder};
    if (Authority::is_authority(folder)) {
        return is_empty_file(paths.ledger()) ? part_is_gone(folder, paths.ledger(), "an empty file")
                                             : Outcome();
    }
    std::error_code ignored;
    for (const auto& [there, missing] :
         {std::pair(paths.root(), paths.ledger()), std::pair(paths.ledger(), paths.root())}) {
        if (fs::exists(there, ignored)) {
            return part_is_gone(
                folder, missing, "none, while " + there.filename().string() + " is there"
            );
        }
    }
    return Error(
        ErrorCode::not_found,
        "expected an authority in " + folder.string() +
            ", saw none; make one with 'pki init', or name its folder with --dir"
    );
}

namespace {

// One that was made of nothing has every table and no authority in it.
Result<Ledger> open_named_ledger(const fs::path& path, OpenMode mode) {
    HG_TRY(Ledger ledger, Ledger::open(path, mode));
    HG_TRY([[maybe_unused]] const AuthorityIdentity identity, ledger.identity());
    HG_CHECK(ledger.check_still());
    return ledger;
}

}  // namespace

Result<Ledger> open_ledger(const AuthorityPaths& paths, OpenMode mode) {
    auto ledger = open_named_ledger(paths.ledger(), mode);
    if (ledger || ledger.error().code() != ErrorCode::malformed) {
        return ledger;
    }
    return Error(
        ErrorCode::io,
        "expected the ledger " + paths.ledger().string() + " as it was written, saw damage (" +
            ledger.error().message() + "); bring a backup back into a new folder with 'pki restore'"
    );
}

// Stepping from name to name may fail as well as the beginning.
std::vector<fs::path> paths_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::error_code failure;
    fs::directory_iterator entry(folder, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        paths.push_back(entry->path());
    }
    return paths;
}

Result<Authority> Authority::open(
    const fs::path& folder, const Clock& clock, PassphraseSource passphrase, DeviceAccess device
) {
    HG_CHECK(check_is_authority(folder));
    const AuthorityPaths paths{folder};
    // Several processes may issue at the same time; each is done in milliseconds, so waiting is
    // kinder than failing.
    HG_TRY(FileLock lock, FileLock::wait_for(paths.lock(), lock_patience));
    HG_TRY(Ledger ledger, open_ledger(paths, OpenMode::existing));
    HG_CHECK(finish_renewals(ledger, paths));
    HG_CHECK(finish_deliveries(ledger, paths));
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
        {std::move(passphrase), std::move(device)}}));
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
    return m_state->ledger.find(name_or_serial);
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
    const AuthorityPaths& paths = m_state->paths;
    std::vector<LedgerEntry> due;
    std::set<std::pair<std::string, std::string>> seen;
    std::set<std::string> places;
    // Newest first: older certificates of a name that was renewed are let run out.
    std::reverse(entries.begin(), entries.end());
    for (LedgerEntry& entry : entries) {
        if (is_authority_kind(entry)) {
            continue;
        }
        const bool newest = seen.insert({entry.kind, entry.name}).second;
        // What is in an archive has no place that another could have taken.
        const bool in_place =
            entry.archive || places.insert(place_of(paths, entry).string()).second;
        // One whose files made room for another's is over, and has nothing to renew. A valid one is
        // told of, for its renewal says who has its place.
        if (!newest || (!in_place && entry.state(now) != EntryState::valid)) {
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
    if (valid > 0) {
        std::erase_if(found, [](const LedgerEntry& entry) { return entry.revoked_at.has_value(); });
    }
    if (!by_serial && valid > 1 && request.scope == RevokeScope::only_one) {
        std::erase_if(found, [&](const LedgerEntry& entry) {
            return entry.state(now) != EntryState::valid;
        });
        return several_valid(found);
    }
    HG_CHECK(check_reason_stands(found, request.reason));
    const auto reason = request.reason.value_or(RevocationReason::unspecified);
    HG_CHECK(m_state->ledger.revoke(found, {now, reason}));
    HG_CHECK(tell_of_revocations());
    std::vector<LedgerEntry> revoked;
    for (const LedgerEntry& entry : found) {
        HG_TRY(auto row, m_state->ledger.find_serial(entry.serial_hex));
        HG_ASSERT(row.has_value());
        revoked.push_back(std::move(*row));
    }
    return revoked;
}

}  // namespace heliograph::pki
