// SPDX-License-Identifier: Apache-2.0
// Private: what server and client contexts have in common.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/ssl_handle.hpp>
#include <pki/x509/credential.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// TLS 1.2 and 1.3, forward secrecy and AEAD only, no compression, no renegotiation.
/// @errors crypto. @source RFC 9325 sections 3 and 4.
[[nodiscard]] Outcome harden(SSL_CTX* context);

/// Shows a credential, after having looked at what a peer would refuse.
struct OwnCredential {
    const Credential& credential;
    ExtendedKeyUsage usage;
    Instant now;
};
/// @errors invalid_argument (expired, not yet valid, other purpose, foreign key), crypto.
[[nodiscard]] Outcome use_credential(SSL_CTX* context, const OwnCredential& own);

/// Protocol names, each with its length before it (RFC 7301, section 3.1).
/// @errors invalid_argument (a name of 0 or over 255 bytes).
[[nodiscard]] Result<std::string> render_alpn(const std::vector<std::string>& names);

}  // namespace heliograph::pki
