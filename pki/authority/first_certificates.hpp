// SPDX-License-Identifier: Apache-2.0
// Private: certificates that appear together with their authority, in one step.
#pragma once

#include <pki/authority/authority_state.hpp>

#include <span>
#include <vector>

namespace heliograph::pki {

/// An authority in a folder that nobody sees yet.
struct AuthorityInBuild {
    Ledger& ledger;
    const AuthorityPaths& paths;
    const FreshAuthority& fresh;
    const AuthorityIdentity& identity;
    Instant now;
};

/// Rows, files in DIR/issued and OCSP responses, through the gate that every certificate crosses;
/// all become durable with the folder. The folders of what is returned are those of the build.
/// @errors invalid_argument (also: a name twice, or a folder of one's own), those of the gate, io.
[[nodiscard]] Result<std::vector<Issued>> issue_in_build(
    const AuthorityInBuild& authority, std::span<const IssueRequest> requests
);

}  // namespace heliograph::pki
