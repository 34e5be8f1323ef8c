// SPDX-License-Identifier: Apache-2.0
// Private: what an open authority holds; shared by the sources of its acts.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/authority/key_store.hpp>
#include <pki/authority/ledger.hpp>
#include <pki/base/file_lock.hpp>

#include <string>

namespace heliograph::pki {

struct Authority::State {
    AuthorityPaths paths;
    FileLock lock;
    Ledger ledger;
    Certificate root;
    Certificate intermediate;
    const Clock& clock;
    std::string name;
};

/// 1 to 48 letters, digits, spaces, dots, hyphens, beginning with a letter or digit. @errors
/// invalid_argument.
[[nodiscard]] Outcome check_authority_name(const std::string& name);

/// 1 to 64 of letters, digits, `.`, `_`, `-`, beginning with a letter or digit: safe as a file
/// name. @errors invalid_argument.
[[nodiscard]] Outcome check_entry_name(const std::string& name);

/// `Example Org` as the trust domain of identities: `example-org`. @source SPIFFE ID, section 2.1.
[[nodiscard]] std::string trust_domain_of(const std::string& authority_name);

/// The lists of both issuers under one number, in the form of crl.pem.
struct ListIssuers {
    const Certificate& root;
    const PrivateKey& root_key;
    const Certificate& intermediate;
    const PrivateKey& intermediate_key;
};
[[nodiscard]] Result<std::string> render_revocation_lists(
    Ledger& ledger, const ListIssuers& issuers, const Validity& validity
);

}  // namespace heliograph::pki
