// SPDX-License-Identifier: Apache-2.0
#include <tests/support/channel.hpp>
#include <tests/support/scripted_server.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

constexpr std::size_t head_limit_bytes = 1 << 20;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("scripted server: " + what);
}

std::shared_ptr<BIO> memory_of(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::shared_ptr<void> make_tls(const TlsIdentity& identity) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    const auto key_text = memory_of(identity.key_pem);
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free
    );
    const auto chain_text = memory_of(identity.chain_pem);
    const std::shared_ptr<X509> leaf(
        PEM_read_bio_X509(chain_text.get(), nullptr, nullptr, nullptr), &X509_free
    );
    if (!key || !leaf || SSL_CTX_use_certificate(context.get(), leaf.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
        fail("the TLS identity does not hold a certificate and its key");
    }
    while (X509* above = PEM_read_bio_X509(chain_text.get(), nullptr, nullptr, nullptr)) {
        SSL_CTX_add0_chain_cert(context.get(), above);
    }
    return context;
}

sockaddr_in loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t bind_any(int socket) {
    sockaddr_in address = loopback();
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket, generic, size) != 0 || ::getsockname(socket, generic, &size) != 0) {
        fail("cannot bind to 127.0.0.1");
    }
    return ntohs(address.sin_port);
}

std::string path_of(std::string_view target) {
    return std::string(target.substr(0, target.find('?')));
}

/// Splits a request head, without its final empty line; nothing here needs to be strict.
Request parse_head(const std::string& head) {
    Request request;
    std::size_t at = head.find("\r\n");
    const std::string first = head.substr(0, at);
    const std::size_t space = first.find(' ');
    request.method = first.substr(0, space);
    if (space != std::string::npos) {
        request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    }
    while (at != std::string::npos && at + 2 < head.size()) {
        const std::size_t start = at + 2;
        at = head.find("\r\n", start);
        const std::string line = head.substr(start, at - start);
        const std::size_t colon = line.find(':');
        if (colon != std::string::npos) {
            const std::size_t value = line.find_first_not_of(" \t", colon + 1);
            request.headers.emplace_back(
                line.substr(0, colon), value == std::string::npos ? "" : line.substr(value)
            );
        }
    }
    return request;
}

bool same_name(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

bool has_header(const Headers& headers, std::string_view name) {
    return std::any_of(headers.begin(), headers.end(), [name](const auto& header) {
        return same_name(header.first, name);
    });
}

bool ends_connection(const Reply& reply) {
    return reply.act != Misbehaviour::none || reply.claimed_length || !reply.raw.empty();
}

std::string render_head(const Reply& reply) {
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
    for (const auto& [name, value] : reply.headers) {
        head.append(name).append(": ").append(value).append("\r\n");
    }
    const bool bodiless = reply.status == 304 || reply.status == 204;
    if (reply.act != Misbehaviour::endless && !bodiless &&
        !has_header(reply.headers, "Content-Length") &&
        !has_header(reply.headers, "Transfer-Encoding")) {
        const std::uint64_t length = reply.claimed_length.value_or(reply.body.size());
        head += "Content-Length: " + std::to_string(length) + "\r\n";
    }
    if (ends_connection(reply)) {
        head += "Connection: close\r\n";
    }
    return head;
}

}  // namespace

std::string Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (same_name(key, name)) {
            return value;
        }
    }
    return {};
}

Reply ok(std::string body, std::string_view content_type) {
    Reply reply;
    reply.headers.emplace_back("Content-Type", content_type);
    reply.body = std::move(body);
    return reply;
}

Reply status(int code, Headers headers) {
    Reply reply;
    reply.status = code;
    reply.headers = std::move(headers);
    reply.headers.emplace_back("Content-Type", "text/plain");
    if (code != 304 && code != 204) {
        reply.body = "scripted " + std::to_string(code) + "\n";
    }
    return reply;
}

Reply redirect(std::string location) {
    return status(302, {{"Location", std::move(location)}});
}

/// One client: reads requests and acts out the replies until either side has enough.
class ScriptedServer::Connection {
  public:
    Connection(ScriptedServer& server, Channel& channel) : m_server(server), m_channel(channel) {}

    void run() {
        while (auto request = read_request()) {
            const Reply reply = m_server.answer(*request);
            if (!act_out(reply, *request)) {
                return;
            }
        }
    }

  private:
    std::optional<Request> read_request() {
        std::size_t end = 0;
        while ((end = m_pending.find("\r\n\r\n")) == std::string::npos) {
            const std::string more = m_channel.read_some();
            if (more.empty() || m_pending.size() > head_limit_bytes) {
                return std::nullopt;
            }
            m_pending += more;
        }
        Request request = parse_head(m_pending.substr(0, end + 2));
        m_pending.erase(0, end + 4);
        const std::string length = request.header("Content-Length");
        std::size_t body = length.empty() ? 0 : std::stoul(length);
        while (m_pending.size() < body) {
            const std::string more = m_channel.read_some();
            if (more.empty()) {
                return std::nullopt;
            }
            m_pending += more;
        }
        request.body = m_pending.substr(0, body);
        m_pending.erase(0, body);
        return request;
    }

    /// @return true when the connection stays usable for another request.
    bool act_out(const Reply& reply, const Request& request) {
        if (!reply.raw.empty()) {
            (void)m_channel.write_all(reply.raw);
            return false;
        }
        if (reply.act == Misbehaviour::black_hole) {
            (void)m_channel.rest(std::nullopt);
            return false;
        }
        std::string head = render_head(reply);
        if (reply.act == Misbehaviour::endless_head) {
            while (m_channel.write_all(head)) {
                head = "X-More: " + std::string(8000, 'x') + "\r\n";
            }
            return false;
        }
        const std::string_view body = request.method == "HEAD" ? std::string_view{} : reply.body;
        if (reply.act == Misbehaviour::none) {
            return m_channel.write_all(head + "\r\n" + std::string(body)) &&
                   !ends_connection(reply) && !same_name(request.header("Connection"), "close");
        }
        const std::uint64_t good = std::min<std::uint64_t>(reply.act_after, body.size());
        if (m_channel.write_all(head + "\r\n" + std::string(body.substr(0, good)))) {
            misbehave(reply, body.substr(good));
        }
        return false;
    }

    void misbehave(const Reply& reply, std::string_view rest) {
        if (reply.act == Misbehaviour::reset) {
            m_channel.reset();
        } else if (reply.act == Misbehaviour::stall) {
            (void)m_channel.rest(std::nullopt);
        } else if (reply.act == Misbehaviour::drip) {
            while (!rest.empty() && m_channel.write_all(rest.substr(0, 1)) &&
                   m_channel.rest(reply.pause)) {
                rest.remove_prefix(1);
            }
        } else if (reply.act == Misbehaviour::endless) {
            const std::string again = reply.body.empty() ? std::string(65536, 'x') : reply.body;
            while (m_channel.write_all(again)) {
            }
        }
    }

    ScriptedServer& m_server;
    Channel& m_channel;
    std::string m_pending;
};

ScriptedServer::ScriptedServer(Greeting greeting, const TlsIdentity& identity)
    : m_greeting(greeting) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
    if (greeting == Greeting::tls) {
        m_tls = make_tls(identity);
    }
    m_stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (m_stop < 0 || m_listener < 0) {
        fail("cannot make a socket");
    }
    m_port = bind_any(m_listener);
    if (::listen(m_listener, 64) != 0) {
        fail("cannot listen");
    }
    m_acceptor = std::thread([this] { accept_until_stopped(); });
}

ScriptedServer::~ScriptedServer() {
    const std::uint64_t one = 1;
    (void)!::write(m_stop, &one, sizeof one);
    m_acceptor.join();
    for (std::thread& thread : m_threads) {
        thread.join();
    }
    ::close(m_listener);
    ::close(m_stop);
}

void ScriptedServer::on(std::string path, std::vector<Reply> replies) {
    const std::lock_guard lock(m_mutex);
    m_scripts[std::move(path)] = Script{std::move(replies), 0};
}

void ScriptedServer::on(std::string path, Reply reply) {
    on(std::move(path), std::vector<Reply>{std::move(reply)});
}

void ScriptedServer::otherwise(Handler handler) {
    const std::lock_guard lock(m_mutex);
    m_otherwise = std::move(handler);
}

std::vector<Request> ScriptedServer::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

std::size_t ScriptedServer::count(std::string_view path) const {
    const std::lock_guard lock(m_mutex);
    return static_cast<std::size_t>(std::count_if(
        m_requests.begin(),
        m_requests.end(),
        [path](const Request& request) { return path_of(request.target) == path; }
    ));
}

std::string ScriptedServer::url() const {
    const bool plain = m_greeting == Greeting::http;
    return (plain ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(m_port) + "/";
}

Reply ScriptedServer::answer(const Request& request) {
    Handler handler;
    {
        const std::lock_guard lock(m_mutex);
        m_requests.push_back(request);
        const auto found = m_scripts.find(path_of(request.target));
        if (found != m_scripts.end() && !found->second.replies.empty()) {
            Script& script = found->second;
            const std::size_t turn = std::min(script.next, script.replies.size() - 1);
            ++script.next;
            return script.replies[turn];
        }
        handler = m_otherwise;
    }
    return handler ? handler(request) : status(404);
}

void ScriptedServer::accept_until_stopped() {
    std::array<pollfd, 2> watched{{{m_listener, POLLIN, 0}, {m_stop, POLLIN, 0}}};
    while (true) {
        if (::poll(watched.data(), watched.size(), -1) < 0) {
            continue;
        }
        if (watched[1].revents != 0) {
            return;
        }
        const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket >= 0) {
            ++m_connections;
            m_threads.emplace_back([this, socket] { converse(socket); });
        }
    }
}

void ScriptedServer::converse(int socket) {
    Channel channel(socket, static_cast<StopDescriptor>(m_stop));
    switch (m_greeting) {
        case Greeting::reset:
            channel.reset();
            return;
        case Greeting::silent:
            (void)channel.rest(std::nullopt);
            return;
        case Greeting::tls_refused:
            (void)channel.read_some();
            // RFC 8446 section 6: alert record, fatal, handshake_failure.
            (void)channel.write_all(std::string_view("\x15\x03\x03\x00\x02\x02\x28", 7));
            return;
        case Greeting::plain_on_tls:
            (void)channel.read_some();
            (void)channel.write_all("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            return;
        case Greeting::tls:
            if (!channel.accept_tls(m_tls.get())) {
                return;
            }
            break;
        case Greeting::http:
            break;
    }
    Connection(*this, channel).run();
}

ClosedPort::ClosedPort() : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    m_port = bind_any(m_socket);
}

ClosedPort::~ClosedPort() {
    ::close(m_socket);
}

std::string ClosedPort::url() const {
    return "https://127.0.0.1:" + std::to_string(m_port) + "/";
}

}  // namespace heliograph::test_support
