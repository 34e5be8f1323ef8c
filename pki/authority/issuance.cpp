// SPDX-License-Identifier: Apache-2.0
// Authority::issue. The order of effects is what crash safety rests on; it is drawn in
// authority.hpp.
#include <pki/authority/authority_state.hpp>
#include <pki/base/atomic_folder.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/x509/credential.hpp>
#include <pki/x509/ip_address.hpp>

#include <algorithm>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

std::chrono::days life_of(const IssueRequest& request) {
    const bool signer = request.kind == LeafKind::signer;
    return request.days.value_or(std::chrono::days(signer ? 365 : 90));
}

LeafProfile profile_of(
    const IssueRequest& request, const std::string& trust_domain, const PrivateKey& key, Instant now
) {
    LeafProfile profile{
        .kind = request.kind,
        .common_name = request.name,
        .dns = request.dns,
        .ip = request.ip,
        .uri = request.uri,
        .validity = validity_from(now, life_of(request)),
        .subject_key = key.public_key()};
    if (request.kind == LeafKind::server) {
        profile.common_name.clear();  // One of the names below, which the profile picks.
        if (profile.dns.empty() && profile.ip.empty()) {
            (parse_ip(request.name) ? profile.ip : profile.dns).push_back(request.name);
        }
    }
    if (request.kind == LeafKind::client && profile.uri.empty()) {
        profile.uri = {"spiffe://" + trust_domain + "/client/" + request.name};
    }
    return profile;
}

Outcome write_files(const fs::path& folder, const Credential& credential) {
    HG_CHECK(save_private_key(folder / "key.pem", credential.key));
    HG_CHECK(write_file_atomically(folder / "cert.pem", bytes_of(credential.leaf.to_pem())));
    HG_CHECK(write_file_atomically(folder / "chain.pem", bytes_of(credential.chain_pem())));
    const SecretBytes bundle = credential.to_bundle_pem();
    return write_file_atomically(folder / "bundle.pem", bundle.expose(), FileAccess::owner_only);
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
                "; revoke it first with 'pki revoke " + entry->name + "', or choose another name"
        );
    }
    return make_room(paths, target, *entry);
}

bool need_new_lists(const std::optional<PublishedLife>& last, Instant now) {
    // A third of the life is over: the lists that nobody renews are the classic outage.
    return !last || now >= last->this_update + (last->next_update - last->this_update) / 3;
}

}  // namespace

Result<Issued> Authority::issue(const IssueRequest& request) {
    HG_CHECK(check_entry_name(request.name));
    if (life_of(request) < std::chrono::days(1)) {
        return Error(ErrorCode::invalid_argument, "expected at least one day, saw less");
    }
    State& state = *m_state;
    const Instant now = state.clock.now();
    HG_TRY(
        const PrivateKey issuer_key,
        load_authority_key(state.paths.intermediate_key(), state.intermediate)
    );
    HG_TRY(PrivateKey key, PrivateKey::generate());
    HG_TRY(
        Certificate leaf,
        make_leaf(
            profile_of(request, trust_domain_of(state.name), key, now),
            {state.intermediate, issuer_key},
            state.root
        )
    );

    const fs::path target = request.folder.value_or(state.paths.issued() / request.name);
    if (!request.folder) {
        HG_CHECK(check_folder_is_free(state.ledger, state.paths, target, now));
    }
    HG_TRY(AtomicFolder folder, AtomicFolder::create(target, FileAccess::everyone));
    const std::string kind(leaf_kind_name(request.kind));
    HG_CHECK(state.ledger.add({leaf, kind, request.name, IssuerRole::intermediate}));
    HG_TRY(
        const Credential credential, Credential::combine(std::move(key), {leaf, state.intermediate})
    );
    HG_CHECK(write_files(folder.path(), credential));
    HG_CHECK(folder.commit());

    std::error_code ignored;
    HG_TRY(const auto published, state.ledger.last_published());
    // A root key that is kept elsewhere, as it should be, cannot sign here and now.
    if (need_new_lists(published, now) && fs::exists(state.paths.root_key(), ignored)) {
        const auto life =
            published ? std::chrono::ceil<std::chrono::days>(
                            published->next_update - published->this_update - issuance_backdate
                        )
                      : std::chrono::days(30);
        HG_TRY(
            const PublishedLists lists,
            publish_revocation_lists(std::clamp(life, std::chrono::days(1), std::chrono::days(366)))
        );
    }
    return Issued{std::move(leaf), target};
}

}  // namespace heliograph::pki
