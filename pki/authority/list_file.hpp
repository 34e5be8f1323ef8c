// SPDX-License-Identifier: Apache-2.0
// Private: crl.pem, the lists of those that sign, and behind them the last ones of those that sign
// no more. These stay: clients that still trust an old root, and mirrors, which take a list that is
// missing for one that is kept from them, need them.
#pragma once

#include <pki/authority/key_store.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/revocation_list.hpp>

#include <filesystem>
#include <vector>

namespace heliograph::pki {

/// The lists of crl.pem; none when there is no such file. @errors malformed, too_large, io.
[[nodiscard]] Result<std::vector<RevocationList>> published_lists(const std::filesystem::path& file
);

/// Replaces crl.pem in one step by @p lists and those lists of it that are of other issuers. A file
/// that cannot be read is replaced by @p lists alone. @errors io.
[[nodiscard]] Outcome write_list_file(
    const AuthorityPaths& paths, std::vector<RevocationList> lists
);

/// Puts a list into the place of the one of the same issuer, else behind the others. @errors
/// malformed, too_large, io.
[[nodiscard]] Outcome put_list(const AuthorityPaths& paths, const RevocationList& list);

}  // namespace heliograph::pki
