// SPDX-License-Identifier: Apache-2.0
// The HTTP/1.1 server: one event loop a thread, plain or TLS. RFC 9110, RFC 9112.
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/net/http_message.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/server_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// What one client may use up. Crossing a request limit is answered 400, 413, 414, 417 or 431, and
/// the connection ends.
struct ServerLimits {
    std::size_t request_line_bytes = 8192;
    std::size_t header_bytes = 16384;  ///< All of the request's head together.
    std::size_t header_fields = 100;
    std::size_t request_body_bytes = 0;  ///< A body up to here is read before the handler is asked.
    /// Longest body that an Exchange may be given. 0: bodies come whole or are refused, and so are
    /// chunked ones and `Expect`.
    std::uint64_t streamed_body_bytes = 0;
    std::size_t connections_per_address = 256;
    std::size_t connections_per_thread =
        20'000;  ///< At the limit the connection that was idle longest makes room.
};

/// Each class of wait has one length, so that deadlines sit in lists and not in a tree.
struct ServerDeadlines {
    std::chrono::milliseconds handshake{10'000};
    std::chrono::milliseconds header{10'000};  ///< First to last byte of a request, body included.
    std::chrono::milliseconds idle{60'000};    ///< Between two requests.
    /// In each such period a blocked answer must move by write_progress_bytes.
    std::chrono::milliseconds write{20'000};
    std::size_t write_progress_bytes = 32'768;
    /// In each such period a streamed body must move by body_progress_bytes. Time in which the
    /// server itself takes nothing does not count.
    std::chrono::milliseconds body{10'000};
    std::size_t body_progress_bytes = 32'768;
    std::chrono::seconds body_total{3600};    ///< A streamed body from first to last byte.
    std::chrono::seconds answer{180};         ///< From a body's end to its answer; then it is 503.
    std::chrono::milliseconds drain{10'000};  ///< After stop(), for answers under way.
};

/// Which requests carry a waker: it costs a reference count on each.
enum class WakerUse { posts, all };

struct ServerOptions {
    std::string address = "127.0.0.1";  ///< Numeric IPv4 or IPv6.
    std::uint16_t port = 0;             ///< 0: the kernel chooses.
    unsigned threads = 1;
    ServerLimits limits = {};
    ServerDeadlines deadlines = {};
    WakerUse wakers = WakerUse::posts;
    /// None: plain HTTP. Whether a client certificate is asked for or demanded is the context's to
    /// say.
    std::optional<pki::ServerContext> tls = std::nullopt;
    /// Outlives the server. Used for the Date field only.
    const Clock* clock = nullptr;
    /// Outlives the server; null means no events. Names: `http.access` (level debug),
    /// `http.refused`, `http.accept.failed`.
    EventSink* events = nullptr;
};

/// Answers one request. Runs on a loop's thread, so it must not wait for anything slower than the
/// local disk: what does is answered with an Exchange.
using RequestHandler = std::function<HttpAnswer(const HttpRequest&)>;

/// Makes the handler of one thread, on that thread, before it accepts. Handlers of different
/// threads run at the same time.
using HandlerFactory = std::function<Result<RequestHandler>()>;

/// A listening server.
class HttpServer {
  public:
    /// Binds and listens; nothing is answered before run().
    /// @errors invalid_argument (address not numeric, no clock, no thread), denied, network
    /// (address in use).
    /// @thread Safe. @cost One socket a thread.
    [[nodiscard]] static Result<HttpServer> listen(ServerOptions options, HandlerFactory factory);

    /// As listen(), on a socket of open_socket(): the options' address and port mean nothing then.
    /// @errors invalid_argument (not one thread, or as listen()), io (no socket).
    [[nodiscard]] static Result<HttpServer> listen_on(
        FileDescriptor socket, ServerOptions options, HandlerFactory factory
    );

    /// Opens a listening socket for a server that is made elsewhere, as in another process.
    /// @errors As listen(). @thread Safe. @cost One socket.
    [[nodiscard]] static Result<FileDescriptor> open_socket(
        const std::string& address, std::uint16_t port
    );

    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    HttpServer(HttpServer&& other) noexcept;
    HttpServer& operator=(HttpServer&& other) noexcept;
    ~HttpServer();

    /// The port that clients connect to. @thread Safe.
    [[nodiscard]] std::uint16_t port() const;

    /// Serves until stop(): then closes the listeners and idle connections, lets answers under way
    /// finish within ServerDeadlines::drain, and returns. Starts its own threads, with SIGPIPE
    /// blocked.
    /// @errors What the handler factory gave; network (the event loop could not be made).
    /// @thread Once, from any thread. @cost Blocks.
    [[nodiscard]] Outcome run();

    /// Ends run(), also when called before it.
    /// @thread Safe, also inside a signal handler. @cost One write for each loop.
    void stop() noexcept;

  private:
    struct Core;
    explicit HttpServer(std::unique_ptr<Core> core);

    std::unique_ptr<Core> m_core;
};

}  // namespace heliograph::mirror
