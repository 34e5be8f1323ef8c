// SPDX-License-Identifier: Apache-2.0
// Where clients of an index take trust and mirrors from: flag, then environment, then configuration
// folder.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/client_context.hpp>
#include <verify/gate/trust_bundle.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace heliograph::tools {

/// @param flag_value  Of --trust (or HELIOGRAPH_TRUST); empty: `trust.json` in the configuration
/// folder.
/// @errors not_found (with what to do), malformed, too_large, unsupported, denied, io.
[[nodiscard]] Result<verify::TrustBundle> load_trust(const std::string& flag_value);

/// Files for TLS beyond the trust bundle.
struct TlsFiles {
    std::vector<std::string>
        authorities;            ///< PEM roots to accept for servers, beside the bundle's.
    std::string client_bundle;  ///< Key and chain of the client in one file; empty: none.
};

/// What a command that asks mirrors is told about them.
struct SourceOptions {
    std::string trust;                 ///< Of --trust; see load_trust().
    std::vector<std::string> mirrors;  ///< Of --mirrors; see find_mirrors().
    std::string mirror_list;           ///< Of --mirror-list; see find_mirrors().
    /// Of --metalink: documents whose addresses propose mirrors. Only `fetch` takes them.
    std::vector<std::string> metalinks;
    std::string dns_server;  ///< Of --dns-server; empty: those of the system.
    TlsFiles tls;
};

/// Adds --trust; --ca and --client-cert.
void add_trust_option(CLI::App& command, SourceOptions& options);
void add_tls_options(CLI::App& command, TlsFiles& files);

/// Adds --trust, --mirrors, --mirror-list, --dns-server, --ca and --client-cert.
/// @param options  Filled when the command line is parsed; must still be there then.
void add_source_options(CLI::App& command, SourceOptions& options);

/// The roots of the bundle and of the files; never the system's store.
/// @return  None when there is no root at all: then https is refused.
/// @errors Those of reading; invalid_argument (the client's key and certificate).
[[nodiscard]] Result<std::optional<pki::ClientContext>> make_client_context(
    const verify::TrustBundle& trust, const TlsFiles& files, const Clock& clock
);

/// A file of the configuration folder, if it is there. @thread Safe.
[[nodiscard]] std::optional<std::filesystem::path> configured_file(std::string_view name);
/// Where such a file would lie, for people. @thread Safe.
[[nodiscard]] std::string configuration_place(std::string_view name);

/// Where serials seen are kept: one file for each root of the bundle.
/// @errors invalid_argument: neither XDG_STATE_HOME nor HOME is set.
[[nodiscard]] Result<std::vector<std::filesystem::path>> trust_state_paths(
    const verify::TrustBundle& trust
);

}  // namespace heliograph::tools
