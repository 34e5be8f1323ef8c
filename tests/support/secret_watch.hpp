// SPDX-License-Identifier: Apache-2.0
// Looks for private keys where none may be (threat T25): in what programs say and in files that
// others may read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::test_support {

/// Every form in which a private key of a PEM file below @p folder could leak: its lines of base64,
/// and the secret number alone as hex and base64. Long enough never to occur by chance.
[[nodiscard]] std::vector<std::string> secrets_below(const std::filesystem::path& folder);

/// The secrets that occur in @p text, shortened so that the report is no leak itself.
[[nodiscard]] std::vector<std::string> leaks_in(
    std::string_view text, const std::vector<std::string>& secrets
);

/// Files below @p folder that hold a private key and may be read by the group or others.
[[nodiscard]] std::vector<std::filesystem::path> exposed_keys_below(
    const std::filesystem::path& folder
);

}  // namespace heliograph::test_support
