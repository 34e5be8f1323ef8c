// SPDX-License-Identifier: Apache-2.0
// Private: where the files of certificates are. A place has one spelling, which the ledger keeps
// and every act uses: else a file system that follows links, and one who reads a path alone, mean
// two places.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/authority/key_store.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heliograph::pki {

/// The one spelling: absolute, without links, `.` and `..`, or a slash at the end. What does not
/// exist yet keeps the name it was given.
[[nodiscard]] std::filesystem::path delivery_path(const std::filesystem::path& target);

/// Of what is asked for, in the order of the requests: their folders, else those in DIR/issued.
/// @cost A look at each folder, and at each of their parents once.
[[nodiscard]] std::vector<std::filesystem::path> places_of(
    const AuthorityPaths& paths, std::span<const IssueRequest> requests
);

/// Of what a row says. Releases before kept a user's own words, and put the files where these lead
/// without looking at links.
[[nodiscard]] std::filesystem::path place_in_words(const std::string& kept);
/// Of a certificate that is in no archive; it need not be there.
[[nodiscard]] std::filesystem::path place_of(const AuthorityPaths& paths, const LedgerEntry& entry);

/// What the ledger keeps of a request's place: none in DIR/issued.
[[nodiscard]] std::optional<std::string> kept_folder(
    const IssueRequest& request, const std::filesystem::path& place
);

}  // namespace heliograph::pki
