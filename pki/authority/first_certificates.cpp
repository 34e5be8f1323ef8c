// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/first_certificates.hpp>
#include <pki/authority/leaf_key.hpp>
#include <pki/base/folder/atomic_folder.hpp>

#include <set>

namespace heliograph::pki {

namespace {

Outcome check_requests(std::span<const IssueRequest> requests) {
    std::set<std::string> names;
    for (const IssueRequest& request : requests) {
        HG_CHECK(check_issue_request(request));
        if (request.folder) {
            return Error(
                ErrorCode::invalid_argument,
                "expected the files of a new authority's certificates in its own folder, saw "
                "another for " +
                    request.name
            );
        }
        if (!names.insert(request.name).second) {
            return Error(
                ErrorCode::invalid_argument,
                "expected each name once, saw " + request.name + " again"
            );
        }
    }
    return {};
}

Result<Issued> issue_first(const AuthorityInBuild& authority, const IssueRequest& request) {
    const FreshAuthority& fresh = authority.fresh;
    const IssuerView issuer{fresh.intermediate, fresh.intermediate_key};
    HG_TRY(const PrivateKey key, PrivateKey::generate(request.key_type));
    HG_TRY(const SecretBytes pem, render_leaf_key(key, request.key_lock));
    HG_TRY(
        Certificate leaf,
        make_gated_leaf(
            {request, key.public_key(), pem.expose()},
            {authority.identity, issuer, fresh.root, authority.now}
        )
    );
    LedgerRecord record = record_of(leaf);
    record.kind = leaf_kind_name(request.kind);
    record.name = request.name;
    record.issuer_serial = fresh.intermediate.serial_hex();
    record.key_source = KeySource::here;
    HG_TRY(const IssuedKey form, form_of_key(pem.expose()));
    record.key_form = form;
    HG_CHECK(authority.ledger.add(record));
    const std::filesystem::path folder = authority.paths.issued() / request.name;
    HG_CHECK(make_folder_in_build(folder));
    HG_CHECK(write_leaf_files(folder, {pem.expose(), leaf.to_pem(), fresh.intermediate.to_pem()}));
    HG_TRY(const auto row, authority.ledger.find_serial(leaf.serial_hex()));
    HG_ASSERT(row.has_value());
    const Validity life = validity_from(authority.now, ocsp_days);
    HG_CHECK(presign_ocsp(authority.paths, *row, issuer, life, FolderStage::being_built));
    return Issued{std::move(leaf), folder, form};
}

}  // namespace

Result<std::vector<Issued>> issue_in_build(
    const AuthorityInBuild& authority, std::span<const IssueRequest> requests
) {
    HG_CHECK(check_requests(requests));
    std::vector<Issued> issued;
    issued.reserve(requests.size());
    for (const IssueRequest& request : requests) {
        HG_TRY(Issued one, issue_first(authority, request));
        issued.push_back(std::move(one));
    }
    return issued;
}

}  // namespace heliograph::pki
