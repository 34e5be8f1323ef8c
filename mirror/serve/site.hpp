// SPDX-License-Identifier: Apache-2.0
// A folder on the network: opens it, listens, answers until it is stopped.
#pragma once

#include <mirror/net/http_server.hpp>
#include <mirror/statistics/access_ledger.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace heliograph::mirror {

/// Looks at a request before the routes do; none: it is not for it. Called by all threads.
using FirstLook = std::function<std::optional<HttpAnswer>(const HttpRequest&)>;

struct SiteOptions {
    /// Address, port, threads, limits, deadlines, TLS, clock and events. Its clock is required.
    ServerOptions server = {};
    /// Memory for answers made ready, for each thread.
    std::size_t cache_bytes = 64U * 1024U * 1024U;
    /// Uploads, for example. May be empty. What it uses outlives the site.
    FirstLook first_look = {};
    /// Told of every file that is given out. Null: nothing is counted. Outlives the site.
    AccessLedger* statistics = nullptr;
};

/// Serves one folder. It takes no lock: publishing and synchronising go on beside it, and what they
/// commit is served from the next request on.
class Site {
  public:
    /// @param folder  Copied. @errors As HttpServer::listen and MirrorFolder::open_catalog.
    [[nodiscard]] static Result<Site> open(const MirrorFolder& folder, SiteOptions options);

    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;
    Site(Site&& other) noexcept;
    Site& operator=(Site&& other) noexcept;
    ~Site();

    /// @thread Safe.
    [[nodiscard]] std::uint16_t port() const;

    /// Serves until stop(). @errors As HttpServer::run. @thread Once. @cost Blocks.
    [[nodiscard]] Outcome run();

    /// @thread Safe, also inside a signal handler.
    void stop() noexcept;

  private:
    explicit Site(HttpServer server);

    HttpServer m_server;
};

}  // namespace heliograph::mirror
