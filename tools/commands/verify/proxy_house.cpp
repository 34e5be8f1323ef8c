// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/trust_state_file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror_sources.hpp>
#include <tools/commands/transport.hpp>
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/proxy_house.hpp>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include <system_error>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

Result<std::filesystem::path> spool_folder() {
    std::error_code failure;
    auto folder = std::filesystem::temp_directory_path(failure);
    if (failure) {
        return Error(
            ErrorCode::io,
            "expected a folder for temporary files, TMPDIR names none: " + failure.message()
        );
    }
    return folder;
}

}  // namespace

void add_proxy_options(CLI::App& command, ProxyOptions& options) {
    add_evidence_options(command, options.evidence);
    add_policy_option(command, options.policy);
    command
        .add_option(
            "--retries",
            options.retries,
            "How often to go through the mirrors again whose failure may pass"
        )
        ->type_name("N")
        ->check(CLI::Range(0, 20))
        ->capture_default_str()
        ->envname("HELIOGRAPH_RETRIES");
}

Result<std::unique_ptr<ProxyHouse>> ProxyHouse::open(
    const ProxyOptions& options, std::variant<Endpoint, FileDescriptor> listen, Console& console
) {
    auto house = std::make_unique<ProxyHouse>(FleetState::open(console));
    auto& self = *house;
    HG_TRY(self.m_trust, load_trust(options.evidence.trust));
    HG_TRY(self.m_state_files, trust_state_paths(self.m_trust));
    HG_TRY(auto state, local_fault(mirror::load_trust_state(self.m_state_files)));
    HG_TRY(auto tls, make_client_context(self.m_trust, options.evidence.tls, self.m_clock));
    LateTransport transport;
    HG_TRY(auto policy, read_policy(options.policy));
    const auto evidence = policy_of(options.evidence, policy);
    HG_TRY(
        auto mirrors,
        find_mirrors(
            {.options = options.evidence,
             .trust = self.m_trust,
             .transport = transport,
             .tls = tls,
             .policy = evidence,
             .now = self.m_clock.now()},
            console
        )
    );
    HG_TRY(auto spool, spool_folder());
    mirror::ProxyPlan plan{
        .crew =
            {.mirrors = std::move(mirrors),
             .known = self.m_fleet.known(),
             .trust = self.m_trust,
             .clock = self.m_clock,
             .policy = evidence,
             .tls = std::move(tls),
             .state = std::move(state),
             .conduct = {.retries = {}, .keep_evidence = self.m_fleet.evidence_keeper()},
             .open_transport = open_transport,
             .keep = {}},
        .policy = std::move(policy),
        .spool_folder = std::move(spool),
        .events = console.verbosity() == Verbosity::verbose ? &console.events() : nullptr};
    if (const auto* const endpoint = std::get_if<Endpoint>(&listen)) {
        plan.address = endpoint->address;
        plan.port = endpoint->port;
    } else {
        plan.listener = std::move(std::get<FileDescriptor>(listen));
    }
    plan.crew.conduct.retries.rounds = options.retries + 1;
    plan.crew.keep = [&self](const auto& noted, const auto& learnt) -> Outcome {
        // Serials that were seen guard against old pages: no other failure may keep them back.
        auto saved = mirror::save_trust_state(self.m_state_files, learnt);
        auto kept = self.m_fleet.keep(noted);
        return saved ? std::move(kept) : std::move(saved);
    };
    HG_TRY(self.m_proxy, mirror::VerifyingProxy::open(std::move(plan)));
    return house;
}

}  // namespace heliograph::tools::verify_commands
