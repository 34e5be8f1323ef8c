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
    const auto* const beside =
        keys.beside != nullptr && keys.beside->leaf.not_after() >= now ? keys.beside : nullptr;
    if (has_key(keys.signer, *other_key)) {
        return SigningPair{beside != nullptr ? *beside : keys.signer, &keys.signer};
    }
    const bool is_beside = beside != nullptr && has_key(*beside, *other_key);
    return SigningPair{keys.signer, is_beside ? beside : nullptr};
}

}  // namespace heliograph::mirror
