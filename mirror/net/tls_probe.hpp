// SPDX-License-Identifier: Apache-2.0
// Looks at a TLS server without believing it: what it shows in a handshake, for programs that judge
// and explain. Nothing secret is sent over such a connection.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Where to look.
struct TlsProbeRequest {
    std::string host;  ///< Name or address; a name is sent as SNI.
    std::uint16_t port = 443;
    std::chrono::milliseconds patience{10'000};  ///< For the whole of it.

    /// Reads `example.org:443`, `127.0.0.1:8443`, `[::1]:8443`. @errors invalid_argument.
    [[nodiscard]] static Result<TlsProbeRequest> parse(const std::string& text);
};

/// What the server showed.
struct TlsProbe {
    std::vector<Bytes> certificates;      ///< DER, in the order that was sent; at most 32.
    std::optional<Bytes> stapled_status;  ///< An OCSP response, unread.
    std::string protocol;                 ///< `TLSv1.3`
    std::optional<Instant> server_time;   ///< Of an HTTP answer's Date, if it gave one.
};

/// Connects, shakes hands without any check, and asks for `/` once to learn the server's clock.
/// @errors network (no address, refused, no TLS), timeout, crypto. @thread Safe.
/// @cost One connection; name resolution is the system's and not bounded by the patience.
[[nodiscard]] Result<TlsProbe> probe_tls(const TlsProbeRequest& request);

}  // namespace heliograph::mirror
