// SPDX-License-Identifier: Apache-2.0
// A loopback HTTP/1.1 server that says exactly what a test tells it to, true or false, over plain
// TCP or TLS. Written on raw sockets and OpenSSL alone, so that it shares no bug with heliograph's
// own HTTP code.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace heliograph::test_support {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One request as it was read from the socket.
struct Request {
    std::string method;
    std::string target;  ///< Path and query, undecoded.
    Headers headers;     ///< In the order received; names as spelt by the client.
    std::string body;

    /// The first header of that name, compared without case; empty when absent.
    [[nodiscard]] std::string header(std::string_view name) const;
};

/// What the server does wrong with a reply, once `Reply::act_after` bytes of the body are sent.
enum class Misbehaviour {
    none,          ///< Sends the reply whole.
    black_hole,    ///< Reads the request and never answers; `act_after` is ignored.
    close,         ///< Ends the connection early: a truncated body.
    reset,         ///< Aborts the connection (TCP RST).
    stall,         ///< Falls silent and keeps the connection open.
    drip,          ///< One byte, then a pause of `Reply::pause`, for the rest of the body.
    endless,       ///< Repeats the body without end and without a Content-Length.
    endless_head,  ///< Sends header lines without end; `act_after` is ignored.
};

/// One scripted answer.
struct Reply {
    int status{200};
    Headers headers;  ///< Content-Length and Connection are added unless given here.
    std::string body;
    std::optional<std::uint64_t>
        claimed_length;  ///< The Content-Length to claim instead of the true one.
    Misbehaviour act{Misbehaviour::none};
    std::uint64_t act_after{0};
    std::chrono::milliseconds pause{1000};
    std::string
        raw;  ///< When not empty: these exact bytes instead of everything above, then close.
};

/// 200 with that body and type.
[[nodiscard]] Reply ok(
    std::string body, std::string_view content_type = "application/octet-stream"
);

/// That status with a short text body.
[[nodiscard]] Reply status(int code, Headers headers = {});

/// A redirect (302) to @p location.
[[nodiscard]] Reply redirect(std::string location);

/// A certificate and its key as PEM, leaf first and intermediates after it.
struct TlsIdentity {
    std::string chain_pem;
    std::string key_pem;
};

/// How the server treats a connection before any request.
enum class Greeting {
    http,          ///< Plain HTTP.
    tls,           ///< TLS with the identity given.
    tls_refused,   ///< Answers the ClientHello with a fatal handshake_failure alert.
    plain_on_tls,  ///< Answers a ClientHello in plain HTTP; the URL says https.
    reset,         ///< Aborts every connection at once.
    silent,        ///< Accepts and never says a word.
};

/// The server. Listens on 127.0.0.1, port chosen by the kernel, from construction to destruction.
/// @thread  Every member may be called from any thread; scripts may change while clients are
/// connected.
class ScriptedServer {
  public:
    using Handler = std::function<Reply(const Request&)>;

    explicit ScriptedServer(Greeting greeting = Greeting::http, const TlsIdentity& identity = {});
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    /// The answers to @p path (the query is ignored), in turn; the last one repeats for ever.
    void on(std::string path, std::vector<Reply> replies);
    void on(std::string path, Reply reply);

    /// Answers every path that has no script of its own; without it they get 404.
    void otherwise(Handler handler);

    /// Requests read so far, oldest first.
    [[nodiscard]] std::vector<Request> requests() const;

    /// How many requests so far had that path.
    [[nodiscard]] std::size_t count(std::string_view path) const;

    /// Connections accepted so far.
    [[nodiscard]] std::size_t connections() const { return m_connections.load(); }

    [[nodiscard]] std::uint16_t port() const { return m_port; }

    /// `http://127.0.0.1:PORT/`, or https.
    [[nodiscard]] std::string url() const;

  private:
    struct Script {
        std::vector<Reply> replies;
        std::size_t next{0};
    };
    class Connection;

    void accept_until_stopped();
    void converse(int socket);
    Reply answer(const Request& request);

    Greeting m_greeting;
    std::shared_ptr<void> m_tls;  ///< SSL_CTX
    int m_listener{-1};
    int m_stop{-1};  ///< eventfd; readable once the server must stop
    std::uint16_t m_port{0};
    std::atomic<std::size_t> m_connections{0};
    mutable std::mutex m_mutex;
    std::map<std::string, Script, std::less<>> m_scripts;
    Handler m_otherwise;
    std::vector<Request> m_requests;
    std::list<std::thread> m_threads;
    std::thread m_acceptor;
};

/// A port of 127.0.0.1 that is taken and on which nobody listens: connecting to it is refused.
class ClosedPort {
  public:
    ClosedPort();
    ~ClosedPort();
    ClosedPort(const ClosedPort&) = delete;
    ClosedPort& operator=(const ClosedPort&) = delete;

    /// `https://127.0.0.1:PORT/`.
    [[nodiscard]] std::string url() const;

  private:
    int m_socket{-1};
    std::uint16_t m_port{0};
};

}  // namespace heliograph::test_support
