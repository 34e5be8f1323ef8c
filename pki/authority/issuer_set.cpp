// SPDX-License-Identifier: Apache-2.0
// Who signs in an authority, from its ledger, and the files that follow from that.
#include <pki/authority/authority_state.hpp>
#include <pki/base/file.hpp>
#include <pki/x509/certificate_fields.hpp>

#include <algorithm>
#include <optional>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

bool in_order(const Issuer& left, const Issuer& right) {
    return std::pair(left.role, left.state) < std::pair(right.role, right.state);
}

Result<std::vector<Issuer>> live_issuers(Ledger& ledger) {
    HG_TRY(const auto rows, ledger.issuers());
    std::vector<Issuer> live;
    for (const IssuerRow& row : rows) {
        if (row.state != IssuerState::retired) {
            HG_TRY(Certificate certificate, ledger.certificate(row.serial_hex));
            live.push_back({row.role, row.state, row.key_file, std::move(certificate)});
        }
    }
    std::stable_sort(live.begin(), live.end(), in_order);
    return live;
}

const Issuer* active_of(const std::vector<Issuer>& issuers, IssuerRole role) {
    const auto found = std::find_if(issuers.begin(), issuers.end(), [role](const Issuer& one) {
        return one.role == role && one.state == IssuerState::active;
    });
    return found == issuers.end() ? nullptr : &*found;
}

Outcome move_durably(const fs::path& from, const fs::path& to) {
    std::error_code failure;
    fs::rename(from, to, failure);
    if (failure) {
        return system_error(failure.value(), "move " + from.string() + " to " + to.string());
    }
    HG_CHECK(sync_folder(to.parent_path()));
    return from.parent_path() == to.parent_path() ? Outcome() : sync_folder(from.parent_path());
}

// A file of certificates; one that is right already is left alone.
Outcome keep_file(const fs::path& path, const std::vector<Certificate>& certificates) {
    const std::string text = render_pem_list(certificates);
    constexpr std::uint64_t limit = 1024U * 1024U;
    const auto there = read_file(path, limit);
    return there && text_of(*there) == text ? Outcome()
                                            : write_file_atomically(path, bytes_of(text));
}

std::string way_to_another(const AuthorityPaths& paths, const Issuer& intermediate) {
    const auto in_device = is_device_key(paths.keys() / intermediate.key_file);
    return in_device && *in_device
               ? "make a key in its device, and another with 'pki rollover start intermediate "
                 "--intermediate-key URI'"
               : "make another with 'pki rollover start intermediate'";
}

// Older releases limited intermediates to what servers, clients and signers do. Below such a one a
// recipient's certificate holds for its only purpose nowhere but here.
Result<bool> may_issue_to_recipients(const Certificate& intermediate) {
    HG_TRY(const CertificateFields fields, read_certificate_fields(intermediate.to_der()));
    return !fields.purposes || fields.has_purpose(oid::email_protection) ||
           fields.has_purpose(oid::any_purpose);
}

}  // namespace

Result<IssuerSet> IssuerSet::load(Ledger& ledger, Instant now) {
    HG_TRY(auto all, live_issuers(ledger));
    const Issuer* const root = active_of(all, IssuerRole::root);
    const Issuer* const intermediate = active_of(all, IssuerRole::intermediate);
    if (root == nullptr || intermediate == nullptr) {
        return Error(
            ErrorCode::malformed,
            "expected a ledger that names the root and intermediate which sign, saw one without; "
            "restore ledger.db from your backup"
        );
    }
    IssuerSet set{root->certificate, intermediate->certificate, std::move(all), {}};
    HG_TRY(const auto entries, ledger.crosses());
    for (const LedgerEntry& entry : entries) {
        if (entry.state(now) == EntryState::valid) {
            HG_TRY(Certificate cross, ledger.certificate(entry.serial_hex));
            set.crosses.push_back(std::move(cross));
        }
    }
    return set;
}

const Issuer* IssuerSet::find(std::string_view serial_hex) const {
    const auto found = std::find_if(all.begin(), all.end(), [serial_hex](const Issuer& one) {
        return one.certificate.serial_hex() == serial_hex;
    });
    return found == all.end() ? nullptr : &*found;
}

std::vector<Certificate> IssuerSet::of_role(IssuerRole role) const {
    std::vector<Certificate> certificates;
    for (const Issuer& issuer : all) {
        if (issuer.role == role) {
            certificates.push_back(issuer.certificate);
        }
    }
    return certificates;
}

std::vector<Certificate> IssuerSet::sent_along() const {
    std::vector<Certificate> sent{intermediate};
    for (const Certificate& cross : crosses) {
        if (cross.subject() == root.subject()) {
            sent.push_back(cross);
        }
    }
    return sent;
}

Result<PrivateKey> Authority::State::key_of(const Certificate& issuer) const {
    const Issuer* const found = issuers.find(issuer.serial_hex());
    HG_ASSERT(found != nullptr);
    return load_authority_key(paths.keys() / found->key_file, issuer, access);
}

Result<PrivateKey> Authority::State::issuing_key(const std::set<LeafKind>& kinds) {
    const Issuer* const issuer = issuers.find(intermediate().serial_hex());
    HG_ASSERT(issuer != nullptr);
    HG_TRY(const auto row, ledger.find_serial(intermediate().serial_hex()));
    if (row && row->revoked_at) {
        return Error(
            ErrorCode::refused,
            "expected an intermediate that nobody revoked, saw '" + intermediate().subject() +
                "', which was revoked at " + format_rfc3339(*row->revoked_at) + "; " +
                way_to_another(paths, *issuer) + "; nothing was issued"
        );
    }
    if (kinds.count(LeafKind::recipient) != 0) {
        HG_TRY(const bool may, may_issue_to_recipients(intermediate()));
        if (!may) {
            return Error(
                ErrorCode::refused,
                "expected an intermediate that may issue to recipients (emailProtection), saw '" +
                    intermediate().subject() + "', which is limited to other purposes; " +
                    way_to_another(paths, *issuer) + "; nothing was issued"
            );
        }
    }
    return intermediate_key();
}

Result<std::vector<Certificate>> Authority::above(const LedgerEntry& entry) const {
    if (entry.kind == issuer_role_name(IssuerRole::root)) {
        return std::vector<Certificate>();
    }
    HG_TRY(auto issuer, m_state->ledger.certificate(entry.issuer_serial));
    std::vector<Certificate> above;
    if (issuer == intermediate()) {
        above = sent_along();
        above.push_back(root());
        return above;
    }
    above.push_back(issuer);
    if (!issuer.is_self_issued()) {
        HG_TRY(const auto row, m_state->ledger.find_serial(entry.issuer_serial));
        HG_ASSERT(row.has_value());
        HG_TRY(auto top, m_state->ledger.certificate(row->issuer_serial));
        above.push_back(std::move(top));
    }
    return above;
}

void remove_staged_keys(const AuthorityPaths& paths) {
    for (const fs::path& key : paths_in(paths.keys())) {
        const std::string name = key.filename().string();
        if (name.starts_with('.') && name.ends_with(".tmp") &&
            name.find(".key.tmp") != std::string::npos) {
            std::error_code ignored;  // One that stays is in the way of the next, which says so.
            fs::remove(key, ignored);
        }
    }
}

Outcome settle_issuer_files(Ledger& ledger, const AuthorityPaths& paths, const IssuerSet& issuers) {
    HG_TRY(const auto rows, ledger.issuers());
    std::error_code ignored;  // What cannot be seen is not there; whoever needs it says so.
    for (const IssuerRow& row : rows) {
        const fs::path key = paths.keys() / row.key_file;
        const fs::path staged = paths.staged_key(row.key_file);
        if (fs::exists(staged, ignored) && !fs::exists(key, ignored)) {
            HG_CHECK(move_durably(staged, key));
        }
        if (row.state == IssuerState::retired && fs::exists(key, ignored)) {
            HG_CHECK(make_folder(paths.retired(), FileAccess::owner_only));
            HG_CHECK(move_durably(key, paths.retired() / row.key_file));
        }
    }
    remove_staged_keys(paths);
    HG_CHECK(keep_file(paths.root(), issuers.of_role(IssuerRole::root)));
    std::vector<Certificate> between = issuers.of_role(IssuerRole::intermediate);
    between.insert(between.end(), issuers.crosses.begin(), issuers.crosses.end());
    return keep_file(paths.intermediate(), between);
}

}  // namespace heliograph::pki
