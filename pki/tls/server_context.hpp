// SPDX-License-Identifier: Apache-2.0
// The TLS settings of a server: TLS 1.3 and 1.2 (ECDHE with AEAD only), no renegotiation, no
// compression, one ticket.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/peer_policy.hpp>
#include <pki/x509/credential.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace heliograph::pki {

/// What to do with clients that show no certificate.
enum class ClientCertificate { required, optional };

struct ClientAuthentication {
    PeerPolicy policy;  ///< Client certificates must hold for purpose client.
    ClientCertificate demand = ClientCertificate::required;
};

struct ServerContextRequest {
    const Credential& credential;
    std::optional<ClientAuthentication> clients =
        {};                                     ///< None: clients are not asked for a certificate.
    std::vector<std::string> alpn{"http/1.1"};  ///< In order of preference.
    const Clock& clock;  ///< Outlives the context: peers are judged at its time.
};

/// Settings shared by all connections of a listener: a cheap shared handle.
/// @thread Safe to copy and use from several threads.
class ServerContext {
  public:
    /// @errors invalid_argument (key and certificate do not belong together, expired or not yet
    /// valid certificate, not
    ///         a server certificate, no root for clients), crypto.
    [[nodiscard]] static Result<ServerContext> make(const ServerContextRequest& request);

    /// The library's handle: valid as long as any copy of this object. Connections made from it
    /// keep it alive.
    [[nodiscard]] ssl_ctx_st* native() const;

  private:
    struct State;
    explicit ServerContext(std::shared_ptr<const State> state);

    std::shared_ptr<const State> m_state;
};

}  // namespace heliograph::pki
