// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/report_output.hpp>

#include <CLI/App.hpp>

#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

void add_policy_options(CLI::App& command, CheckOptions& options) {
    add_policy_option(command, options.policy);
    command
        .add_option(
            "--require",
            options.require,
            "Evidence to demand: revocation (also with --lenient), provenance"
        )
        ->type_name("EVIDENCE")
        ->check(CLI::IsMember({"revocation", "provenance"}));
    add_format_option(command, options.formats);
}

}  // namespace

void add_check_options(CLI::App& command, CheckOptions& options) {
    add_evidence_options(command, options);
    command
        .add_option(
            "--pages",
            options.pages,
            "Take pages and signatures from this copy (mirror export, or a mirror's folder)"
        )
        ->type_name("DIR");
    command.add_flag(
        "--offline", options.offline, "Open no socket: whatever would need one is refused"
    );
    add_policy_options(command, options);
}

void add_demand_options(CLI::App& command, CheckOptions& options) {
    add_trust_option(command, options);
    add_lenient_flag(command, options);
    add_policy_options(command, options);
}

void add_policy_option(CLI::App& command, std::string& file) {
    command
        .add_option(
            "--policy", file, "Which projects, from which index, how old, with which evidence"
        )
        ->type_name("FILE")
        ->envname("HELIOGRAPH_PROXY_POLICY");
}

// A policy that cannot be meant is a matter of configuration.
Result<mirror::ProxyPolicy> read_policy(const std::string& file) {
    if (file.empty()) {
        return mirror::ProxyPolicy();
    }
    auto policy = mirror::ProxyPolicy::load(file);
    const bool misread = !policy && (policy.error().code() == ErrorCode::malformed ||
                                     policy.error().code() == ErrorCode::unsupported ||
                                     policy.error().code() == ErrorCode::too_large);
    return misread ? Error(ErrorCode::invalid_argument, policy.error().describe())
                   : std::move(policy);
}

Result<mirror::ProxyPolicy> policy_file_of(const CheckOptions& options) {
    HG_TRY(auto policy, read_policy(options.policy));
    for (const auto& evidence : options.require) {
        HG_CHECK(policy.demand(evidence));
    }
    return policy;
}

CLI::Option* add_max_age_option(CLI::App& command, std::optional<unsigned>& hours) {
    return command
        .add_option("--max-age", hours, "Hours since its last complete run, as it says itself")
        ->type_name("HOURS")
        ->check(CLI::Range(1U, 100'000U));
}

}  // namespace heliograph::tools::verify_commands
