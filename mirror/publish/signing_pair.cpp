// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/signing_pair.hpp>
#include <verify/detached/server_key.hpp>

namespace heliograph::mirror {

namespace {

bool has_key(const pki::Credential& signer, const pki::Sha256& key) {
    return verify::key_id(signer.key.public_key()) == key;
}

}  // namespace

Result<SigningPair> signing_pair(const Catalog& catalog, const SigningKeys& keys, Instant now) {
    HG_TRY(const auto other_key, catalog.other_key());
    if (!other_key) {
        return SigningPair{keys.signer, nullptr};
    }
    HG_TRY(const auto first_key, server_key_id(catalog));
    // Found by its key, never by elimination: a folder may hold a bundle that is neither.
    const auto find = [&](const pki::Sha256& key) -> const pki::Credential* {
        if (has_key(keys.signer, key)) {
            return &keys.signer;
        }
        const bool is_beside = keys.beside != nullptr && keys.beside->leaf.not_after() >= now &&
                               has_key(*keys.beside, key);
        return is_beside ? keys.beside : nullptr;
    };
    const auto* const first = find(first_key);
    return SigningPair{first != nullptr ? *first : keys.signer, find(*other_key)};
}

Result<pki::Sha256> server_key_id(const Catalog& catalog) {
    HG_TRY(const auto pem, catalog.evidence(EvidenceKind::server_key));
    HG_TRY(const auto key, pki::PublicKey::parse_pem(text_of(pem)));
    return verify::key_id(key);
}

}  // namespace heliograph::mirror
