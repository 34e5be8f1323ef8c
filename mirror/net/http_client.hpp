// SPDX-License-Identifier: Apache-2.0
// Getting documents over HTTP: the Transport interface with its values. The implementation over
// libcurl is curl_transport.
#pragma once

#include <mirror/net/http_message.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/client_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace heliograph::mirror {

/// How long a transfer may take, phase by phase. Each crossed deadline is an error `timeout` that
/// names the phase.
struct FetchTimeouts {
    std::chrono::milliseconds connect{10'000};  ///< Name look-up, TCP and TLS together.
    std::chrono::milliseconds first_byte{
        30'000};  ///< From the request sent to the first byte of the answer.
    std::chrono::milliseconds silence{20'000};   ///< The longest gap between two reads of the body.
    std::chrono::milliseconds whole{1'800'000};  ///< Everything, redirects included.
    /// Slowest tolerated mean over each rate_window of the body; 0 means no floor.
    std::uint64_t rate_floor_bytes_per_second = 0;
    std::chrono::milliseconds rate_window{10'000};
};

/// One GET, or a POST of one small document.
struct HttpGet {
    Url url;
    /// Required: the most body bytes that are taken. One more and the transfer ends with
    /// `too_large`.
    std::uint64_t limit_bytes;
    FetchTimeouts timeouts = {};
    /// Whom to believe, and what to show to servers that ask. None: https is refused (there is
    /// nothing to check the server against). Connections are reused among requests that carry
    /// copies of the same context.
    std::optional<pki::ClientContext> trust = std::nullopt;
    std::string accept = "*/*";
    /// A strong entity tag with its quotes; empty means unconditional.
    std::string if_none_match = {};
    /// Asks for the bytes from here on; 0 means all. With if_range, a changed document comes whole
    /// with status 200.
    std::uint64_t range_from_bytes = 0;
    std::string if_range = {};
    /// Sent by POST, as text/xml, in place of a GET; redirects are not followed then. Empty: a GET.
    std::string post_xml = {};
    /// Ends the transfer with `cancelled` as soon as a stop is requested.
    std::stop_token stop = {};
};

/// Status and fields of the final answer; the body went to the sink.
struct HttpResponse {
    int status = 0;
    HeaderList headers;
    /// Bytes handed to the sink.
    std::uint64_t body_bytes = 0;
    /// Where the answer came from, after redirects inside the origin.
    Url url;
};

/// Receives a body. Called on the thread of fetch(), never after it returned.
struct BodySink {
    /// Called once before the first write (and for an empty body too) for status 200 and 206; an
    /// error ends the transfer and becomes the result. May be empty.
    std::function<Outcome(const HttpResponse& head)> begin;
    /// Each piece in order; an error ends the transfer and becomes the result.
    std::function<Outcome(ByteSpan piece)> write;
};

/// Gets documents. One of the project's five interfaces: implementations are CurlTransport and the
/// tests' scripted one.
class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Performs one GET and hands a body of status 200 or 206 to @p sink; other bodies are dropped.
    /// @return  Any final status, also 304, 404 or 503: what a status means is the caller's to say.
    ///          Redirects are followed at most 5 times and only inside the origin; another 3xx is
    ///          returned as it came.
    /// @errors  network (name, connection, TLS, protocol, a body cut short), timeout, stale (the
    ///          server's certificate, or what it hangs on, has expired or is not valid yet),
    ///          too_large (the body or its stated length is over the limit), malformed (a
    ///          Content-Range other than asked for),
    ///          cancelled, invalid_argument (https without trust), or what the sink gave. Messages
    ///          name the host, what was expected and what was seen.
    /// @thread  One call at a time for each object. @cost Blocks until done.
    [[nodiscard]] virtual Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) = 0;
};

/// Whether a server could not be asked, or broke off: what another server, or the same one at
/// another time, may do better. @thread Safe. @cost None.
[[nodiscard]] bool is_transport_failure(const Error& error);

/// A whole small document in memory.
struct HttpDocument {
    HttpResponse response;
    Bytes body;
};

/// fetch() into memory; allocates as bytes arrive, never by a stated length.
/// @errors, @thread, @cost As Transport::fetch().
[[nodiscard]] Result<HttpDocument> fetch_document(Transport& transport, const HttpGet& request);

}  // namespace heliograph::mirror
