// SPDX-License-Identifier: Apache-2.0
// Transport over libcurl: HTTP/1.1 and, by ALPN, HTTP/2.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/net/surroundings.hpp>

#include <memory>
#include <string>

namespace heliograph::mirror {

/// Keeps connections alive between calls (at most 16). TLS 1.2 or newer, only against the roots of
/// the request, the name always checked. No content coding is offered, no cookie kept; proxies and
/// .netrc are as its surroundings say, for https the latter alone.
/// @thread  One thread at a time; make one object a thread.
class CurlTransport final : public Transport {
  public:
    /// @param user_agent  Full value of User-Agent, for example user_agent() or that with a contact
    /// added.
    /// @errors internal (libcurl cannot start or lacks TLS).
    [[nodiscard]] static Result<std::unique_ptr<CurlTransport>> open(
        std::string user_agent, Surroundings surroundings = {}
    );
    CurlTransport(const CurlTransport&) = delete;
    CurlTransport& operator=(const CurlTransport&) = delete;
    ~CurlTransport() override;

    [[nodiscard]] Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override;

  private:
    struct Connections;
    explicit CurlTransport(std::unique_ptr<Connections> connections);

    std::unique_ptr<Connections> m_connections;
};

/// `heliograph/VERSION`.
[[nodiscard]] std::string user_agent();

}  // namespace heliograph::mirror
