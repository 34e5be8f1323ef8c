// SPDX-License-Identifier: Apache-2.0
// A verifying proxy with all that it refers to: trust, mirrors, what was learnt of both.
#pragma once

#include <mirror/proxy/verifying_proxy.hpp>
#include <tools/commands/endpoint.hpp>
#include <tools/commands/fleet_state.hpp>
#include <tools/commands/verify/index_view.hpp>

#include <memory>
#include <optional>
#include <variant>

namespace heliograph::tools::verify_commands {

struct ProxyOptions {
    EvidenceOptions evidence;
    unsigned retries = 3;
    std::string policy;  ///< A file; empty: none.
};

/// Flags of every verb that runs a proxy.
void add_proxy_options(CLI::App& command, ProxyOptions& options);

/// @thread Opened and used by one thread; the proxy's own rules hold for the proxy.
class ProxyHouse {
  public:
    /// @errors Those of load_trust(), make_client_context(), find_mirrors(), load_trust_state() and
    /// VerifyingProxy::open().
    /// @param listen  Where to listen: an endpoint, or a socket that does already, on 127.0.0.1.
    [[nodiscard]] static Result<std::unique_ptr<ProxyHouse>> open(
        const ProxyOptions& options, std::variant<Endpoint, FileDescriptor> listen, Console& console
    );
    explicit ProxyHouse(FleetState fleet) : m_fleet(std::move(fleet)) {}
    ProxyHouse(const ProxyHouse&) = delete;
    ProxyHouse& operator=(const ProxyHouse&) = delete;
    ~ProxyHouse() = default;

    [[nodiscard]] mirror::VerifyingProxy& proxy() { return *m_proxy; }

  private:
    SystemClock m_clock;
    verify::TrustBundle m_trust;
    std::vector<std::filesystem::path> m_state_files;
    FleetState m_fleet;
    std::optional<mirror::VerifyingProxy> m_proxy;
};

}  // namespace heliograph::tools::verify_commands
