// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/upstream_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

std::shared_ptr<UpstreamChoice> add_upstream_options(CLI::App& verb) {
    auto choice = std::make_shared<UpstreamChoice>();
    verb.add_option(
            "--client-cert", choice->client_bundle, "bundle.pem to show to an upstream that asks"
    )
        ->type_name("FILE");
    verb.add_flag(
        "--verify",
        choice->verify,
        "Demand current revocation lists too (without it they are checked when there are any)"
    );
    return choice;
}

Result<std::optional<pki::Credential>> load_client(const UpstreamChoice& choice) {
    if (choice.client_bundle.empty()) {
        return std::optional<pki::Credential>();
    }
    HG_TRY(auto credential, local_fault(pki::Credential::load_bundle(choice.client_bundle)));
    return std::optional(std::move(credential));
}

mirror::SyncOptions sync_options(
    const UpstreamChoice& choice, const std::optional<pki::Credential>& client
) {
    mirror::SyncOptions options;
    if (choice.verify) {
        options.policy = verify::strict_page_policy();
    }
    options.credential = client ? &*client : nullptr;
    return options;
}

}  // namespace heliograph::tools::mirror_commands
