// SPDX-License-Identifier: Apache-2.0
// Private: who signs a page. During a signer's rollover two do: the one whose key is at /serverkey
// makes the first signature, the other the one beside it.
#pragma once

#include <mirror/store/catalog.hpp>
#include <pki/base/clock.hpp>
#include <pki/x509/credential.hpp>

namespace heliograph::mirror {

/// What a master has to sign with.
struct SigningKeys {
    const pki::Credential& signer;  ///< In office.
    const pki::Credential* beside;  ///< The one before it, while an overlap lasts; null: none.
};

/// @thread Safe, a value; the credentials must outlive it.
struct SigningPair {
    const pki::Credential& first;
    const pki::Credential* other;  ///< Null: pages have one signature.
};

/// Until every page has the new signer's signature, the former one's is the first.
/// A former signer that is over, or whose key is not to be had, signs nothing: then the signer in
/// office makes both.
/// @errors malformed (the stored server key), io. @cost Two indexed reads.
[[nodiscard]] Result<SigningPair> signing_pair(
    const Catalog& catalog, const SigningKeys& keys, Instant now
);

/// The name of the key at /serverkey, which made every page's first signature.
/// @errors not_found, malformed, io. @cost One indexed read.
[[nodiscard]] Result<pki::Sha256> server_key_id(const Catalog& catalog);

}  // namespace heliograph::mirror
