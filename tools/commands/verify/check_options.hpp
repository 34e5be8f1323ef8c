// SPDX-License-Identifier: Apache-2.0
// Flags of the verbs that check: what is demanded, and whether anybody is asked.
#pragma once

#include <mirror/proxy/proxy_policy.hpp>
#include <pki/base/result.hpp>
#include <tools/commands/verify/index_view.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace heliograph::tools::verify_commands {

/// Adds the flags of add_evidence_options(), --pages, --offline, --policy, --require and --format.
void add_check_options(CLI::App& command, CheckOptions& options);

/// Adds --trust, --lenient, --policy, --require and --format: for verbs that ask no list of
/// mirrors.
void add_demand_options(CLI::App& command, CheckOptions& options);

/// Adds --policy.
void add_policy_option(CLI::App& command, std::string& file);

/// Of a file; empty: objects to nothing.
/// @errors invalid_argument (it cannot be meant), not_found, io, denied.
[[nodiscard]] Result<mirror::ProxyPolicy> read_policy(const std::string& file);

/// The file's policy with what --require adds. @errors As read_policy().
[[nodiscard]] Result<mirror::ProxyPolicy> policy_file_of(const CheckOptions& options);

/// Adds --max-age, in hours.
CLI::Option* add_max_age_option(CLI::App& command, std::optional<unsigned>& hours);

[[nodiscard]] inline std::optional<std::chrono::seconds> max_age_of(std::optional<unsigned> hours) {
    return hours ? std::optional<std::chrono::seconds>(std::chrono::hours(*hours)) : std::nullopt;
}

}  // namespace heliograph::tools::verify_commands
