// SPDX-License-Identifier: Apache-2.0
// Authority::issue_many and issue_into_archive: one commit for all.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/delivery.hpp>
#include <pki/authority/leaf_key.hpp>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

Outcome check_list(std::span<const IssueRequest> requests, KeyType key_type) {
    for (const IssueRequest& request : requests) {
        HG_CHECK(check_issue_request(request));
        if (request.key_type != key_type) {
            return Error(
                ErrorCode::invalid_argument, "expected one type of key for a whole list, saw two"
            );
        }
    }
    return {};
}

std::string subject_of(const MadeLeaf& leaf) {
    // Common names of factory leaves need no escaping but for what RFC 2253 reserves; the ledger
    // keeps the certificate itself, so this is for people.
    return leaf.common_name.empty() ? std::string() : "CN=" + leaf.common_name;
}

// Without a place.
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
        .der = leaf.der,
        .issuer_serial = issuer_serial,
        .key_source = KeySource::here,
        .key_form = request.key_lock.is_wanted() ? IssuedKey::encrypted : IssuedKey::plain};
}

}  // namespace

Result<LeafFactory> Authority::check_many(
    std::span<const IssueRequest> requests, const PrivateKey& issuer_key
) {
    State& state = *m_state;
    const Instant now = state.clock.now();
    const KeyType key_type = requests.empty() ? KeyType::p256 : requests.front().key_type;
    HG_TRY(
        LeafFactory factory,
        LeafFactory::open({state.intermediate(), issuer_key}, state.root(), key_type)
    );
    HG_CHECK(check_list(requests, key_type));
    for (const IssueRequest& request : requests) {
        HG_CHECK(factory.check(profile_of(request, state.identity, state.intermediate(), now)));
    }
    HG_CHECK(check_names_are_free(state.ledger, state.paths, requests, now));
    return factory;
}

Outcome Authority::enter_many(
    std::span<const IssueRequest> requests, LeafFactory& factory, const BulkDelivery& delivery
) {
    State& state = *m_state;
    const Instant now = state.clock.now();
    HG_TRY(LedgerBatch batch, state.ledger.begin_batch());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const IssueRequest& request = requests[i];
        HG_TRY(
            MadeLeaf leaf,
            factory.make(profile_of(request, state.identity, state.intermediate(), now))
        );
        HG_CHECK(pass_lint(leaf.der, request.kind));
        if (request.key_lock.is_wanted()) {
            HG_TRY(const PrivateKey key, PrivateKey::parse_pem(leaf.key_pem.expose()));
            HG_TRY(leaf.key_pem, render_leaf_key(key, request.key_lock));
        }
        LedgerRecord record = record_of(request, leaf, state.intermediate().serial_hex());
        if (!delivery.archive.empty()) {
            record.archive = delivery.archive.string();
        } else {
            record.folder = kept_folder(request, delivery.places[i]);
        }
        HG_CHECK(batch.add(record));
        HG_CHECK(delivery.take(i, leaf));
    }
    HG_CHECK(delivery.hold());
    HG_CHECK(delivery.files.enter(batch));
    return batch.commit();
}

Outcome Authority::issue_many(std::span<const IssueRequest> requests) {
    State& state = *m_state;
    HG_TRY(const PrivateKey issuer_key, state.issuing_key(kinds_of(requests)));
    HG_TRY(LeafFactory factory, check_many(requests, issuer_key));
    HG_CHECK(check_places_are_free(state.ledger, state.paths, requests, state.clock.now()));
    const std::vector<fs::path> targets = places_of(state.paths, requests);
    HG_TRY(Delivery files, Delivery::to_folders(state.ledger, state.paths, targets));
    const std::string above = render_pem_list(state.issuers.sent_along());
    const auto take = [&](std::size_t at, const MadeLeaf& leaf) {
        return files.add(targets[at], {leaf.key_pem.expose(), leaf.certificate_pem, above});
    };
    HG_CHECK(
        enter_many(requests, factory, {files, take, [&files] { return files.hold(); }, targets})
    );
    Outcome done = files.place();
    if (done) {
        done = keep_lists_fresh();
    }
    return done ? std::move(done) : issued_all_the_same(words_of(requests), done.error());
}

Outcome Authority::issue_into_archive(
    std::span<const IssueRequest> requests, const ArchiveWriter& writer
) {
    State& state = *m_state;
    HG_TRY(const PrivateKey issuer_key, state.issuing_key(kinds_of(requests)));
    HG_TRY(LeafFactory factory, check_many(requests, issuer_key));
    HG_TRY(Delivery files, Delivery::to_archive(state.ledger, state.paths, writer.place));
    HG_CHECK(writer.begin(files.hidden_archive()));
    const fs::path place = delivery_path(writer.place);
    const auto take = [&](std::size_t at, const MadeLeaf& leaf) {
        return writer.add(requests[at], leaf);
    };
    HG_CHECK(enter_many(requests, factory, {files, take, writer.finish, {}, place}));
    Outcome done = files.place();
    if (done) {
        done = keep_lists_fresh();
    }
    return done ? std::move(done) : issued_all_the_same(words_of(requests), done.error());
}

}  // namespace heliograph::pki
