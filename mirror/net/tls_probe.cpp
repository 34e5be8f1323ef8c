// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/sigpipe_guard.hpp>
#include <mirror/net/ssl_handle.hpp>
#include <mirror/net/tls_probe.hpp>
#include <pki/base/file.hpp>

#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>

namespace heliograph::mirror {

namespace {

using ProbeClock = std::chrono::steady_clock;
using ContextHandle = std::unique_ptr<SSL_CTX, SslDeleter<SSL_CTX_free>>;
using AddressList = std::unique_ptr<addrinfo, SslDeleter<freeaddrinfo>>;

constexpr std::size_t certificate_count_limit = 32;
constexpr std::size_t answer_limit_bytes = 8192;

Error network_error(const TlsProbeRequest& request, const std::string& seen) {
    return {
        ErrorCode::network,
        "expected a TLS server at " + request.host + ":" + std::to_string(request.port) + ", saw " +
            seen};
}

// One attempt with one deadline.
class Probing {
  public:
    explicit Probing(const TlsProbeRequest& request)
        : m_request(request), m_deadline(ProbeClock::now() + request.patience) {}

    Result<TlsProbe> run() {
        HG_CHECK(connect_any());
        HG_CHECK(shake_hands());
        TlsProbe probe;
        HG_CHECK(read_certificates(probe));
        probe.protocol = SSL_get_version(m_ssl.get());
        const unsigned char* status = nullptr;
        const long size = SSL_get_tlsext_status_ocsp_resp(m_ssl.get(), &status);
        if (status != nullptr && size > 0) {
            probe.stapled_status =
                to_bytes(std::as_bytes(std::span(status, static_cast<std::size_t>(size))));
        }
        probe.server_time = ask_for_time();
        return probe;
    }

  private:
    // Waits until the socket is ready. @return False at the deadline.
    [[nodiscard]] bool wait_for(short events) const {
        for (;;) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                m_deadline - ProbeClock::now()
            );
            if (left.count() <= 0) {
                return false;
            }
            pollfd watched{m_socket.get(), events, 0};
            const int ready = ::poll(&watched, 1, static_cast<int>(left.count()));
            if (ready > 0) {
                return true;
            }
            if (ready < 0 && errno != EINTR) {
                return false;
            }
        }
    }

    Outcome connect_any() {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        const std::string port = std::to_string(m_request.port);
        if (::getaddrinfo(m_request.host.c_str(), port.c_str(), &hints, &found) != 0) {
            return network_error(m_request, "no address of that name");
        }
        const AddressList addresses(found);
        for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
            if (connect_to(*one)) {
                return {};
            }
        }
        if (ProbeClock::now() >= m_deadline) {
            return Error(ErrorCode::timeout, network_error(m_request, "no answer").message());
        }
        return network_error(m_request, "no connection");
    }

    bool connect_to(const addrinfo& address) {
        m_socket = FileDescriptor(
            ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
        );
        if (!m_socket.is_open()) {
            return false;
        }
        if (::connect(m_socket.get(), address.ai_addr, address.ai_addrlen) == 0) {
            return true;
        }
        if (errno != EINPROGRESS || !wait_for(POLLOUT)) {
            return false;
        }
        int outcome = 0;
        socklen_t size = sizeof(outcome);
        return ::getsockopt(m_socket.get(), SOL_SOCKET, SO_ERROR, &outcome, &size) == 0 &&
               outcome == 0;
    }

    Outcome shake_hands() {
        m_context.reset(SSL_CTX_new(TLS_client_method()));
        m_ssl.reset(m_context == nullptr ? nullptr : SSL_new(m_context.get()));
        if (m_ssl == nullptr || SSL_set_fd(m_ssl.get(), m_socket.get()) != 1) {
            ERR_clear_error();
            return Error(ErrorCode::crypto, "expected a TLS client, saw the library fail");
        }
        // Everything is accepted here, for the caller judges; old protocols are told, not hidden.
        SSL_set_verify(m_ssl.get(), SSL_VERIFY_NONE, nullptr);
        SSL_set_security_level(m_ssl.get(), 0);
        const bool asks_well = SSL_set_min_proto_version(m_ssl.get(), TLS1_VERSION) == 1 &&
                               SSL_set_tlsext_status_type(m_ssl.get(), TLSEXT_STATUSTYPE_ocsp) == 1;
        const bool is_name = m_request.host.find_first_not_of("0123456789.") != std::string::npos &&
                             m_request.host.find(':') == std::string::npos;
        if (!asks_well || (is_name && SSL_ctrl(
                                          m_ssl.get(),
                                          SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                          TLSEXT_NAMETYPE_host_name,
                                          const_cast<char*>(m_request.host.c_str())
                                      ) != 1)) {
            ERR_clear_error();
            return Error(ErrorCode::crypto, "expected a TLS client, saw the library fail");
        }
        for (;;) {
            const int outcome = SSL_connect(m_ssl.get());
            if (outcome == 1) {
                return {};
            }
            if (!wait_as_asked(outcome)) {
                ERR_clear_error();
                return ProbeClock::now() >= m_deadline
                           ? Outcome(Error(
                                 ErrorCode::timeout,
                                 network_error(m_request, "a handshake that does not end").message()
                             ))
                           : Outcome(network_error(m_request, "no TLS handshake"));
            }
        }
    }

    // @return False if the session has ended or the deadline has come.
    [[nodiscard]] bool wait_as_asked(int outcome) const {
        switch (SSL_get_error(m_ssl.get(), outcome)) {
            case SSL_ERROR_WANT_READ:
                return wait_for(POLLIN);
            case SSL_ERROR_WANT_WRITE:
                return wait_for(POLLOUT);
            default:
                return false;
        }
    }

    Outcome read_certificates(TlsProbe& probe) const {
        STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(m_ssl.get());
        for (int i = 0; i < sk_X509_num(chain); ++i) {
            if (probe.certificates.size() == certificate_count_limit) {
                return network_error(m_request, "more than 32 certificates");
            }
            X509* const one = sk_X509_value(chain, i);
            const int size = i2d_X509(one, nullptr);
            if (size <= 0) {
                return network_error(m_request, "a certificate that cannot be encoded");
            }
            Bytes der(static_cast<std::size_t>(size));
            auto* cursor = reinterpret_cast<unsigned char*>(der.data());
            if (i2d_X509(one, &cursor) != size) {
                return network_error(m_request, "a certificate that cannot be encoded");
            }
            probe.certificates.push_back(std::move(der));
        }
        return {};
    }

    // A server that speaks HTTP says what time it has; others are left alone.
    std::optional<Instant> ask_for_time() {
        const std::string question =
            "HEAD / HTTP/1.1\r\nHost: " + m_request.host + "\r\nConnection: close\r\n\r\n";
        for (;;) {
            const int outcome =
                SSL_write(m_ssl.get(), question.data(), static_cast<int>(question.size()));
            if (outcome > 0) {
                break;
            }
            if (!wait_as_asked(outcome)) {
                ERR_clear_error();
                return std::nullopt;
            }
        }
        std::string head;
        std::array<char, 2048> piece{};
        while (head.size() < answer_limit_bytes && head.find("\r\n\r\n") == std::string::npos) {
            const int outcome = SSL_read(m_ssl.get(), piece.data(), static_cast<int>(piece.size()));
            if (outcome > 0) {
                head.append(piece.data(), static_cast<std::size_t>(outcome));
            } else if (!wait_as_asked(outcome)) {
                break;
            }
        }
        ERR_clear_error();
        return date_in(head);
    }

    // `Date: Fri, 02 Jan 2026 03:04:05 GMT`
    static std::optional<Instant> date_in(const std::string& head) {
        const std::size_t field = head.find("\r\nDate: ");
        if (field == std::string::npos || head.size() < field + 8 + 29) {
            return std::nullopt;
        }
        const std::string text = head.substr(field + 8, 29);
        constexpr std::array<const char*, 12> months{
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        for (unsigned month = 0; month < months.size(); ++month) {
            if (text.substr(8, 3) == months[month]) {
                const std::string digits = (month < 9 ? "0" : "") + std::to_string(month + 1);
                const auto instant = parse_rfc3339(
                    text.substr(12, 4) + "-" + digits + "-" + text.substr(5, 2) + "T" +
                    text.substr(17, 8) + "Z"
                );
                return instant ? std::optional(*instant) : std::nullopt;
            }
        }
        return std::nullopt;
    }

    const TlsProbeRequest& m_request;
    ProbeClock::time_point m_deadline;
    FileDescriptor m_socket;
    ContextHandle m_context;
    SslHandle m_ssl;
};

}  // namespace

Result<TlsProbeRequest> TlsProbeRequest::parse(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    std::string host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    std::uint16_t port = 0;
    const bool has_port = colon != std::string::npos && colon + 1 < text.size();
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + (has_port ? colon + 1 : 0), end, port);
    const bool plain = host.find_first_of("/@ ") == std::string::npos &&
                       (bracketed || host.find(':') == std::string::npos);
    if (!has_port || host.empty() || !plain || read.ec != std::errc() || read.ptr != end ||
        port == 0) {
        return Error(
            ErrorCode::invalid_argument,
            "expected HOST:PORT such as mirror.example.org:443 or [::1]:8443, saw another text"
        );
    }
    return TlsProbeRequest{.host = std::move(host), .port = port};
}

Result<TlsProbe> probe_tls(const TlsProbeRequest& request) {
    const SigpipeGuard guard;
    return Probing(request).run();
}

}  // namespace heliograph::mirror
