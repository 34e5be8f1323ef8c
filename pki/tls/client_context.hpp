// SPDX-License-Identifier: Apache-2.0
// The TLS settings of a client: the given roots only, TLS 1.3 and 1.2 (ECDHE with AEAD only),
// optional own certificate.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/peer_policy.hpp>
#include <pki/x509/credential.hpp>

#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace heliograph::pki {

struct ClientContextRequest {
    PeerPolicy policy;                       ///< Server certificates must hold for purpose server.
    const Credential* credential = nullptr;  ///< Shown to servers that ask; none if null.
    std::vector<std::string> alpn = {};
    const Clock& clock;  ///< Outlives the context: peers are judged at its time.
};

/// Settings shared by all connections of a client: a cheap shared handle.
/// @thread Safe to copy and use from several threads.
class ClientContext {
  public:
    /// @errors invalid_argument (no roots; key and certificate do not belong together; expired),
    /// crypto.
    [[nodiscard]] static Result<ClientContext> make(const ClientContextRequest& request);

    /// The library's handle. Whoever connects sets the expected host (SSL_set1_host, or the address
    /// through X509_VERIFY_PARAM_set1_ip): it is compared by RFC 9525, in the same judgement as the
    /// chain.
    [[nodiscard]] ssl_ctx_st* native() const;

    /// Puts the same policy into settings made by another library (libcurl's
    /// CURLOPT_SSL_CTX_FUNCTION).
    /// @param foreign  Lives no longer than this object and its copies.
    /// @errors crypto. @thread Safe for different @p foreign.
    [[nodiscard]] Outcome apply_to(ssl_ctx_st* foreign) const;

  private:
    struct State;
    explicit ClientContext(std::shared_ptr<const State> state);

    std::shared_ptr<const State> m_state;
};

}  // namespace heliograph::pki
