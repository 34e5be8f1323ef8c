// SPDX-License-Identifier: Apache-2.0
// Authority::issue and sign. The order of effects is what crash safety rests on; it is
// drawn in authority.hpp.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/delivery.hpp>
#include <pki/authority/leaf_key.hpp>
#include <pki/base/folder/atomic_folder.hpp>
#include <pki/x509/credential.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

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

}  // namespace

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

}  // namespace

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

struct Succession {
    const std::string& old_serial;  ///< Empty: none.
    Instant at;
};

// A successor's row and the start of the rollover are one.
Outcome enter(
    Ledger& ledger,
    const Delivery& delivery,
    std::span<const LedgerRecord> records,
    const Succession& succession
) {
    if (!succession.old_serial.empty()) {
        return ledger.start_rollover(
            {.target = RolloverTarget::signer,
             .old_serial = succession.old_serial,
             .new_serial = records.front().serial_hex,
             .at = succession.at,
             .certificates = {records.begin(), records.end()}}
        );
    }
    HG_TRY(LedgerBatch batch, ledger.begin_batch());
    for (const LedgerRecord& record : records) {
        HG_CHECK(batch.add(record));
    }
    HG_CHECK(delivery.enter(batch));
    return batch.commit();
}

struct IssuedNow {
    std::span<const Issued> certificates;
    Instant at;
};

Outcome presign_all(
    Ledger& ledger, const AuthorityPaths& paths, const IssuerView& issuer, const IssuedNow& issued
) {
    for (const Issued& one : issued.certificates) {
        HG_TRY(const auto row, ledger.find_serial(one.certificate.serial_hex()));
        HG_ASSERT(row.has_value());
        HG_CHECK(presign_ocsp(paths, *row, issuer, validity_from(issued.at, ocsp_days)));
    }
    return {};
}

}  // namespace

Result<Certificate> make_gated_leaf(const SingleIssue& wanted, const LeafIssuer& issuer) {
    LeafProfile profile =
        profile_of(wanted.request, issuer.identity, issuer.issuer.certificate, issuer.now);
    profile.subject_key = wanted.key;
    HG_TRY(Certificate leaf, make_leaf(profile, issuer.issuer, issuer.root));
    HG_CHECK(pass_lint(leaf.to_der(), wanted.request.kind));
    return leaf;
}

Result<Certificate> Authority::sign_leaf(const SingleIssue& wanted, const PrivateKey& issuer_key) {
    const State& state = *m_state;
    const IssuerView issuer{state.intermediate(), issuer_key};
    return make_gated_leaf(wanted, {state.identity, issuer, state.root(), state.clock.now()});
}

// What one key signs and one commit enters.
Result<std::vector<Issued>> Authority::issue_together(std::span<const SingleIssue> wanted) {
    State& state = *m_state;
    const Instant now = state.clock.now();
    std::vector<IssueRequest> requests;
    for (const SingleIssue& one : wanted) {
        requests.push_back(one.request);
    }
    HG_TRY(const PrivateKey issuer_key, state.issuing_key(kinds_of(requests)));
    HG_CHECK(check_names_are_free(state.ledger, state.paths, requests, now));
    HG_CHECK(check_places_are_free(state.ledger, state.paths, requests, now));
    std::vector<Issued> issued;
    const std::vector<fs::path> targets = places_of(state.paths, requests);
    std::vector<LedgerRecord> records;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const SingleIssue& one = wanted[i];
        HG_TRY(Certificate leaf, sign_leaf(one, issuer_key));
        LedgerRecord record = record_of(leaf);
        record.kind = leaf_kind_name(one.request.kind);
        record.name = one.request.name;
        record.issuer_serial = state.intermediate().serial_hex();
        record.key_source = one.key_pem.empty() ? KeySource::request : KeySource::here;
        record.folder = kept_folder(one.request, targets[i]);
        HG_TRY(const IssuedKey key, form_of_key(one.key_pem));
        record.key_form = key;
        records.push_back(std::move(record));
        issued.push_back(
            {std::move(leaf),
             one.request.folder ? targets[i] : state.paths.issued() / one.request.name,
             key}
        );
    }
    for (std::size_t i = 0; i < issued.size(); ++i) {
        records[i].der = issued[i].certificate.to_der();
    }
    HG_TRY(Delivery delivery, Delivery::to_folders(state.ledger, state.paths, targets));
    const std::string above = render_pem_list(state.issuers.sent_along());
    for (std::size_t i = 0; i < issued.size(); ++i) {
        HG_CHECK(
            delivery.add(targets[i], {wanted[i].key_pem, issued[i].certificate.to_pem(), above})
        );
    }
    HG_CHECK(delivery.hold());
    HG_CHECK(enter(state.ledger, delivery, records, {wanted.front().succeeds, now}));
    Outcome done = delivery.place();
    if (done) {
        done = presign_all(
            state.ledger, state.paths, {state.intermediate(), issuer_key}, {issued, now}
        );
    }
    if (done) {
        done = keep_lists_fresh();
    }
    if (!done) {
        return issued_all_the_same(words_of(requests), done.error());
    }
    return issued;
}

Result<Issued> Authority::issue_one(const SingleIssue& wanted) {
    HG_TRY(auto issued, issue_together({&wanted, 1}));
    return std::move(issued.front());
}

Result<std::vector<Issued>> Authority::issue(std::span<const IssueRequest> requests) {
    for (const IssueRequest& request : requests) {
        HG_CHECK(check_issue_request(request));
    }
    // Before anybody is asked for a passphrase.
    const Instant now = m_state->clock.now();
    HG_CHECK(check_names_are_free(m_state->ledger, m_state->paths, requests, now));
    HG_CHECK(check_places_are_free(m_state->ledger, m_state->paths, requests, now));
    HG_CHECK(check_targets(m_state->ledger, m_state->paths, places_of(m_state->paths, requests)));
    std::vector<SecretBytes> keys;
    std::vector<SingleIssue> wanted;
    keys.reserve(requests.size());  // What follows looks into them.
    for (const IssueRequest& request : requests) {
        HG_TRY(const PrivateKey key, PrivateKey::generate(request.key_type));
        HG_TRY(SecretBytes pem, render_leaf_key(key, request.key_lock));
        keys.push_back(std::move(pem));
        wanted.push_back({request, key.public_key(), keys.back().expose()});
    }
    if (wanted.empty()) {
        return std::vector<Issued>();
    }
    return issue_together(wanted);
}

Result<Issued> Authority::issue(const IssueRequest& request) {
    HG_TRY(auto issued, issue({&request, 1}));
    return std::move(issued.front());
}

Result<Issued> Authority::sign(const SignRequest& request) {
    const IssueRequest wanted = issue_request_of(request);
    HG_CHECK(check_issue_request(wanted));
    HG_TRY(const auto others, m_state->ledger.with_key(request.request.public_key().spki_der()));
    HG_CHECK(check_key_use(others, request.kind, m_state->clock.now()));
    // What the name and kind stand for when the request is silent.
    IssueRequest silent = wanted;
    silent.uri.clear();
    const LeafProfile own =
        profile_of(silent, m_state->identity, m_state->intermediate(), m_state->clock.now());
    HG_CHECK(check_identities(request, wanted, own.uri));
    return issue_one({wanted, request.request.public_key(), {}});
}

}  // namespace heliograph::pki
