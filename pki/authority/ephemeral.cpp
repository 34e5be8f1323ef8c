// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/authority/ephemeral.hpp>
#include <pki/base/file.hpp>
#include <pki/base/folder/atomic_folder.hpp>

#include <map>
#include <set>

namespace heliograph::pki {

namespace {

Result<std::string> empty_lists(const FreshAuthority& fresh, const Validity& life) {
    std::string text;
    for (const IssuerView& issuer :
         {IssuerView{fresh.root, fresh.root_key},
          IssuerView{fresh.intermediate, fresh.intermediate_key}}) {
        HG_TRY(const RevocationList list, make_revocation_list({{}, 1, life}, issuer));
        text += list.to_pem();
    }
    return text;
}

}  // namespace

Result<Certificate> make_ephemeral(const EphemeralRequest& request, const Clock& clock) {
    if (request.issue.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a certificate to issue, such as server:localhost, saw none: nothing can be "
            "issued later"
        );
    }
    const Instant now = clock.now();
    std::set<std::string> names;
    for (const IssueRequest& wanted : request.issue) {
        HG_CHECK(check_issue_request(wanted));
        if (!names.insert(wanted.name).second) {
            return Error(
                ErrorCode::invalid_argument,
                "expected each name once, saw " + wanted.name + " again"
            );
        }
    }
    HG_TRY(const FreshAuthority fresh, make_fresh_authority(request.authority, now));
    const AuthorityIdentity identity{request.authority.name, {}};
    HG_TRY(AtomicFolder place, AtomicFolder::create(request.folder, FileAccess::everyone));
    std::map<KeyType, LeafFactory> factories;
    for (const IssueRequest& wanted : request.issue) {
        auto factory = factories.find(wanted.key_type);
        if (factory == factories.end()) {
            HG_TRY(
                LeafFactory made,
                LeafFactory::open(
                    {fresh.intermediate, fresh.intermediate_key}, fresh.root, wanted.key_type
                )
            );
            factory = factories.emplace(wanted.key_type, std::move(made)).first;
        }
        HG_TRY(
            const MadeLeaf leaf,
            factory->second.make(profile_of(wanted, identity, fresh.intermediate, now))
        );
        HG_CHECK(pass_lint(leaf.der, wanted.kind));
        const auto folder = place.path() / wanted.name;
        HG_CHECK(make_folder(folder));
        HG_CHECK(write_leaf_files(
            folder, {leaf.key_pem.expose(), leaf.certificate_pem, fresh.intermediate.to_pem()}
        ));
    }
    HG_TRY(const std::string lists, empty_lists(fresh, validity_from(now, std::chrono::days(30))));
    HG_CHECK(write_file_in_build(place.path() / "crl.pem", bytes_of(lists)));
    const auto intermediate = fresh.intermediate.to_pem();
    HG_CHECK(write_file_in_build(place.path() / "intermediate.crt", bytes_of(intermediate)));
    HG_CHECK(write_file_in_build(place.path() / "root.crt", bytes_of(fresh.root.to_pem())));
    HG_CHECK(place.commit());
    return fresh.root;
}

}  // namespace heliograph::pki
