// SPDX-License-Identifier: Apache-2.0
// What `mirror sync` and `mirror verify --repair` are told about the upstream.
#pragma once

#include <mirror/sync/sync_run.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/credential.hpp>

#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools::mirror_commands {

struct UpstreamChoice {
    std::string client_bundle;  ///< Shown to an upstream that asks; empty: none.
    bool verify = false;        ///< Demand every kind of evidence.
};

/// Adds --client-cert and --verify. The action keeps the value.
[[nodiscard]] std::shared_ptr<UpstreamChoice> add_upstream_options(CLI::App& verb);

/// @return  None when no client certificate was named. @errors Those of Credential::load_bundle.
[[nodiscard]] Result<std::optional<pki::Credential>> load_client(const UpstreamChoice& choice);

/// @param client  Outlives the options.
[[nodiscard]] mirror::SyncOptions sync_options(
    const UpstreamChoice& choice, const std::optional<pki::Credential>& client
);

}  // namespace heliograph::tools::mirror_commands
