// SPDX-License-Identifier: Apache-2.0
// Authority::issue, sign and issue_many. The order of effects is what crash safety rests on; it is
// drawn in authority.hpp.
#include <pki/authority/authority_state.hpp>
#include <pki/base/atomic_folder.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/lint/lint.hpp>
#include <pki/x509/credential.hpp>
#include <pki/x509/ip_address.hpp>

#include <algorithm>
#include <set>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

std::chrono::days life_of(LeafKind kind, const std::optional<std::chrono::days>& asked) {
    switch (kind) {
        case LeafKind::signer:
        case LeafKind::recipient:
            return asked.value_or(std::chrono::days(365));
        case LeafKind::ocsp:
            return asked.value_or(std::chrono::days(30));
        case LeafKind::server:
        case LeafKind::client:
        case LeafKind::peer:
            break;
    }
    return asked.value_or(std::chrono::days(90));
}

// Files of a certificate that is over make room for new ones; nothing of them is lost.
Outcome make_room(const AuthorityPaths& paths, const fs::path& target, const LedgerEntry& last) {
    HG_CHECK(make_folder(paths.retired(), FileAccess::owner_only));
    std::error_code failure;
    fs::rename(target, paths.retired() / last.serial_hex, failure);
    if (failure) {
        return system_error(failure.value(), "move " + target.string() + " aside");
    }
    HG_CHECK(sync_folder(paths.retired()));
    return sync_folder(paths.issued());
}

// The certificate in the folder tells whether it may be moved. Any other content stays, and is
// refused later.
Outcome check_folder_is_free(
    Ledger& ledger, const AuthorityPaths& paths, const fs::path& target, Instant now
) {
    const auto there = load_authority_certificate(target / "cert.pem");
    if (!there) {
        return {};
    }
    HG_TRY(const auto entry, ledger.find_serial(there->serial_hex()));
    if (!entry) {
        return {};
    }
    if (entry->state(now) == EntryState::valid) {
        return Error(
            ErrorCode::exists,
            "expected no valid certificate of the name " + entry->name + ", saw one until " +
                format_rfc3339(entry->not_after) + " in " + target.string() +
                "; revoke it first with 'pki revoke " + entry->name +
                "', renew it with 'pki renew " + entry->name + "', or choose another name"
        );
    }
    return make_room(paths, target, *entry);
}

std::optional<std::string> folder_text(const std::optional<fs::path>& folder) {
    return folder ? std::optional(fs::absolute(*folder).string()) : std::nullopt;
}

// The files' name, from what the request says of itself.
std::string name_of(const SignRequest& request) {
    if (!request.name.empty()) {
        return request.name;
    }
    if (!request.request.common_name().empty()) {
        return request.request.common_name();
    }
    const auto& names = request.request.dns_names();
    return names.empty() ? std::string() : names.front();
}

IssueRequest issue_request_of(const SignRequest& request) {
    const CertificateRequest& asked = request.request;
    return {
        .kind = request.kind,
        .name = name_of(request),
        .dns = asked.dns_names(),
        .ip = asked.ip_addresses(),
        .uri = asked.uris(),
        .email = asked.email_addresses(),
        .key_type = type_of(asked.public_key()),
        .days = request.days,
        .folder = request.folder};
}

std::string subject_of(const MadeLeaf& leaf) {
    // Common names of factory leaves need no escaping but for what RFC 2253 reserves; the ledger
    // keeps the certificate itself, so this is for people.
    return leaf.common_name.empty() ? std::string() : "CN=" + leaf.common_name;
}

}  // namespace

Outcome check_issue_request(const IssueRequest& request) {
    HG_CHECK(check_entry_name(request.name));
    if (!request.role.empty()) {
        HG_CHECK(check_entry_name(request.role));
    }
    if (life_of(request.kind, request.days) < std::chrono::days(1)) {
        return Error(ErrorCode::invalid_argument, "expected at least one day, saw less");
    }
    const bool agrees = request.key_type == KeyType::x25519;
    if (request.kind == LeafKind::recipient && !agrees && request.key_type != KeyType::p256) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a key of x25519 or p256 for a recipient, saw " +
                std::string(key_type_name(request.key_type))
        );
    }
    if (agrees && request.kind != LeafKind::recipient) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a key that signs for a " + std::string(leaf_kind_name(request.kind)) +
                ", saw x25519, which is for recipients"
        );
    }
    return {};
}

namespace {

// An identity is what roles are given to, so it is the signing person's word and not the request's.
Outcome check_identities(
    const SignRequest& request, const IssueRequest& wanted, std::vector<std::string> allowed
) {
    allowed.insert(allowed.end(), request.uri.begin(), request.uri.end());
    for (const std::string& uri : wanted.uri) {
        if (std::find(allowed.begin(), allowed.end(), uri) == allowed.end()) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a request for " +
                    (allowed.empty() ? "no identity" : "the identity " + allowed.front()) +
                    ", saw one for " + uri + "; allow it with --uri if it is meant"
            );
        }
    }
    return {};
}

Outcome refused_by(const LintReport& report) {
    if (report.accepted()) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument, "the certificate would be refused: " + report.summary()
    );
}

}  // namespace

Outcome pass_lint(ByteSpan certificate_der) {
    return refused_by(lint_certificate(certificate_der, RuleSet::private_authority));
}

Outcome pass_lint(ByteSpan certificate_der, LeafKind kind) {
    LintReport report = lint_certificate(certificate_der, RuleSet::private_authority);
    if (kind == LeafKind::signer || kind == LeafKind::ocsp || kind == LeafKind::recipient) {
        std::erase_if(report.findings, [](const LintFinding& finding) {
            return finding.id == "names-missing";
        });
    }
    return refused_by(report);
}

LeafProfile profile_of(
    const IssueRequest& request,
    const AuthorityIdentity& identity,
    const Certificate& issuer,
    Instant now
) {
    LeafProfile profile{
        .kind = request.kind,
        .common_name = request.name,
        .dns = request.dns,
        .ip = request.ip,
        .uri = request.uri,
        .email = request.email,
        .validity = validity_from(now, life_of(request.kind, request.days)),
        .urls = leaf_urls_of(identity, issuer, request.kind)};
    const bool addressed = request.kind == LeafKind::server || request.kind == LeafKind::peer;
    if (addressed) {
        profile.common_name.clear();  // One of the names below, which the profile picks.
        if (profile.dns.empty() && profile.ip.empty()) {
            (parse_ip(request.name) ? profile.ip : profile.dns).push_back(request.name);
        }
    }
    const bool identified = request.kind == LeafKind::client || request.kind == LeafKind::peer;
    if (profile.uri.empty() && (identified || !request.role.empty())) {
        const std::string role =
            request.role.empty() ? std::string(leaf_kind_name(request.kind)) : request.role;
        profile.uri = {
            "spiffe://" + trust_domain_of(identity.name) + "/" + role + "/" + request.name};
    }
    return profile;
}

Outcome write_leaf_files(const fs::path& folder, const LeafFiles& files) {
    const std::string chain = files.certificate_pem + files.issuers_pem;
    if (!files.key_pem.empty()) {
        HG_CHECK(write_file_in_build(folder / "key.pem", files.key_pem, FileAccess::owner_only));
        SecretBytes bundle(files.key_pem.size() + chain.size());
        const ByteSpan chain_bytes = bytes_of(chain);
        auto* const middle =
            std::copy(files.key_pem.begin(), files.key_pem.end(), bundle.writable().data());
        std::copy(chain_bytes.begin(), chain_bytes.end(), middle);
        HG_CHECK(write_file_in_build(folder / "bundle.pem", bundle.expose(), FileAccess::owner_only)
        );
    }
    HG_CHECK(write_file_in_build(folder / "cert.pem", bytes_of(files.certificate_pem)));
    return write_file_in_build(folder / "chain.pem", bytes_of(chain));
}

namespace {

// A successor's row and the start of the rollover are one.
Outcome enter(Ledger& ledger, const LedgerRecord& record, const SingleIssue& wanted, Instant now) {
    if (wanted.succeeds.empty()) {
        return ledger.add(record);
    }
    return ledger.start_rollover(
        {.target = RolloverTarget::signer,
         .old_serial = wanted.succeeds,
         .new_serial = record.serial_hex,
         .at = now,
         .certificates = {record}}
    );
}

}  // namespace

Result<Issued> Authority::issue_one(const SingleIssue& wanted) {
    const IssueRequest& request = wanted.request;
    State& state = *m_state;
    const Instant now = state.clock.now();
    HG_TRY(const PrivateKey issuer_key, state.issuing_key());
    LeafProfile profile = profile_of(request, state.identity, state.intermediate(), now);
    profile.subject_key = wanted.key;
    HG_TRY(Certificate leaf, make_leaf(profile, {state.intermediate(), issuer_key}, state.root()));
    HG_CHECK(pass_lint(leaf.to_der(), request.kind));

    const fs::path target = request.folder.value_or(state.paths.issued() / request.name);
    if (!request.folder) {
        HG_CHECK(check_folder_is_free(state.ledger, state.paths, target, now));
    }
    HG_TRY(AtomicFolder folder, AtomicFolder::create(target, FileAccess::everyone));
    LedgerRecord record = record_of(leaf);
    record.kind = leaf_kind_name(request.kind);
    record.name = request.name;
    record.issuer_serial = state.intermediate().serial_hex();
    record.key_source = wanted.key_pem.empty() ? KeySource::request : KeySource::here;
    record.folder = folder_text(request.folder);
    HG_CHECK(enter(state.ledger, record, wanted, now));
    HG_CHECK(write_leaf_files(
        folder.path(), {wanted.key_pem, leaf.to_pem(), render_pem_list(state.issuers.sent_along())}
    ));
    HG_CHECK(folder.commit());
    HG_TRY(const auto row, state.ledger.find_serial(leaf.serial_hex()));
    HG_ASSERT(row.has_value());
    HG_CHECK(presign_ocsp(
        state.paths, *row, {state.intermediate(), issuer_key}, validity_from(now, ocsp_days)
    ));
    HG_CHECK(keep_lists_fresh());
    return Issued{std::move(leaf), target};
}

Result<Issued> Authority::issue(const IssueRequest& request) {
    HG_CHECK(check_issue_request(request));
    HG_TRY(const PrivateKey key, PrivateKey::generate(request.key_type));
    const SecretBytes key_pem = key.to_pem();
    return issue_one({request, key.public_key(), key_pem.expose()});
}

Result<Issued> Authority::sign(const SignRequest& request) {
    const IssueRequest wanted = issue_request_of(request);
    HG_CHECK(check_issue_request(wanted));
    // What the name and kind stand for when the request is silent.
    IssueRequest silent = wanted;
    silent.uri.clear();
    const LeafProfile own =
        profile_of(silent, m_state->identity, m_state->intermediate(), m_state->clock.now());
    HG_CHECK(check_identities(request, wanted, own.uri));
    return issue_one({wanted, request.request.public_key(), {}});
}

namespace {

Outcome check_list(std::span<const IssueRequest> requests, KeyType key_type) {
    std::set<std::string_view> names;
    for (const IssueRequest& request : requests) {
        HG_CHECK(check_issue_request(request));
        if (!names.insert(request.name).second) {
            return Error(
                ErrorCode::invalid_argument,
                "expected each name once in the list, saw " + request.name + " again"
            );
        }
        if (request.key_type != key_type) {
            return Error(
                ErrorCode::invalid_argument, "expected one type of key for a whole list, saw two"
            );
        }
    }
    return {};
}

// Without the certificate, which moves once its row has its place.
LedgerRecord record_of(
    const IssueRequest& request, const MadeLeaf& leaf, const std::string& issuer_serial
) {
    return {
        .serial_hex = leaf.serial_hex,
        .fingerprint_hex = leaf.fingerprint.to_hex(),
        .kind = std::string(leaf_kind_name(request.kind)),
        .name = request.name,
        .subject = subject_of(leaf),
        .validity = leaf.validity,
        .der = {},
        .issuer_serial = issuer_serial,
        .key_source = KeySource::here,
        .folder = folder_text(request.folder)};
}

}  // namespace

Result<std::size_t> Authority::issue_many(
    std::span<const IssueRequest> requests,
    const std::function<Outcome(const IssueRequest&, const MadeLeaf&)>& take
) {
    State& state = *m_state;
    const Instant now = state.clock.now();
    HG_TRY(const PrivateKey issuer_key, state.issuing_key());
    const KeyType key_type = requests.empty() ? KeyType::p256 : requests.front().key_type;
    HG_TRY(
        LeafFactory factory,
        LeafFactory::open({state.intermediate(), issuer_key}, state.root(), key_type)
    );
    HG_CHECK(check_list(requests, key_type));
    for (const IssueRequest& request : requests) {
        HG_CHECK(factory.check(profile_of(request, state.identity, state.intermediate(), now)));
    }
    constexpr std::size_t group_size = 512;
    std::size_t taken = 0;
    while (taken < requests.size()) {
        const auto group = requests.subspan(taken, std::min(group_size, requests.size() - taken));
        std::vector<MadeLeaf> made;
        std::vector<LedgerRecord> records;
        made.reserve(group.size());
        records.reserve(group.size());
        for (const IssueRequest& request : group) {
            HG_TRY(
                MadeLeaf leaf,
                factory.make(profile_of(request, state.identity, state.intermediate(), now))
            );
            HG_CHECK(pass_lint(leaf.der, request.kind));
            records.push_back(record_of(request, leaf, state.intermediate().serial_hex()));
            made.push_back(std::move(leaf));
        }
        for (std::size_t i = 0; i < made.size(); ++i) {
            records[i].der = made[i].der;
        }
        HG_CHECK(state.ledger.add_all(records));
        for (std::size_t i = 0; i < made.size(); ++i) {
            HG_CHECK(take(group[i], made[i]));
        }
        taken += group.size();
    }
    HG_CHECK(keep_lists_fresh());
    return taken;
}

Outcome Authority::write_issued(const IssueRequest& request, const MadeLeaf& leaf) {
    State& state = *m_state;
    const fs::path target = request.folder.value_or(state.paths.issued() / request.name);
    if (!request.folder) {
        HG_CHECK(check_folder_is_free(state.ledger, state.paths, target, state.clock.now()));
    }
    HG_TRY(AtomicFolder folder, AtomicFolder::create(target, FileAccess::everyone));
    HG_CHECK(write_leaf_files(
        folder.path(),
        {leaf.key_pem.expose(), leaf.certificate_pem, render_pem_list(state.issuers.sent_along())}
    ));
    return folder.commit();
}

}  // namespace heliograph::pki
