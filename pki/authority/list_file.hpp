// SPDX-License-Identifier: Apache-2.0
// Private: crl.pem, the lists of those that sign, and behind them the last ones of those that sign
// no more. These stay: clients that still trust an old root, and mirrors, which take a list that is
// missing for one that is kept from them, need them.
#pragma once

#include <pki/authority/folder_stage.hpp>
#include <pki/authority/issuer.hpp>
#include <pki/authority/key_store.hpp>
#include <pki/authority/ledger.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/revocation_list.hpp>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace heliograph::pki {

/// The lists of crl.pem; none when there is no such file. @errors malformed, too_large, io.
[[nodiscard]] Result<std::vector<RevocationList>> published_lists(const std::filesystem::path& file
);

/// Whether lists of the issuer are among them.
[[nodiscard]] bool have_list_of(
    const std::vector<RevocationList>& lists, const Certificate& issuer
);

/// Whether these are the lists of the publication of that number, whole: one of each issuer, and
/// the newest of that number.
[[nodiscard]] bool are_of_publication(
    const std::vector<RevocationList>& lists,
    const std::vector<Issuer>& issuers,
    std::uint64_t number
);

/// Replaces crl.pem in one step by @p lists and those lists of it that are of other issuers. A file
/// that cannot be read is replaced by @p lists alone. @errors io.
[[nodiscard]] Outcome write_list_file(
    const AuthorityPaths& paths, std::vector<RevocationList> lists
);

/// The first crl.pem of an authority in a folder that is being built. @errors io.
[[nodiscard]] Outcome write_list_file_in_build(
    const AuthorityPaths& paths, const std::vector<RevocationList>& lists
);

struct ListTerms {
    Validity validity;
    PublishedLife recorded;  ///< What the ledger keeps: the life of the lists that end first.
    FolderStage stage = FolderStage::in_place;
};

/// Signs the lists of these issuers under one number and writes crl.pem, where the last lists of
/// others stay, and DIR/public when the authority has a base URL.
[[nodiscard]] Outcome write_revocation_lists(
    Ledger& ledger,
    const AuthorityPaths& paths,
    const std::vector<IssuerView>& issuers,
    const ListTerms& terms
);

/// Puts a list into the place of the one of the same issuer, else behind the others. @errors
/// malformed, too_large, io.
[[nodiscard]] Outcome put_list(const AuthorityPaths& paths, const RevocationList& list);

}  // namespace heliograph::pki
