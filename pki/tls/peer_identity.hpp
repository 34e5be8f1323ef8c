// SPDX-License-Identifier: Apache-2.0
// Who the other end of a TLS connection proved to be.
#pragma once

#include <pki/crypto/digest.hpp>
#include <pki/x509/certificate.hpp>

#include <optional>
#include <string>
#include <vector>

struct ssl_st;

namespace heliograph::pki {

/// What policies may look at. Only the URI is an identity; the common name is for log lines.
struct PeerIdentity {
    std::string uri;  ///< The one URI SAN; empty if there is none or more than one.
    std::string common_name;
    std::vector<std::string> dns_names;
    Sha256 fingerprint;
    Sha256 key = {};  ///< SHA-256 of the SubjectPublicKeyInfo: stays with `pki renew`.
};

/// @param certificate  A leaf that check_chain accepted. @thread Safe.
[[nodiscard]] PeerIdentity identify_peer(const Certificate& certificate);

/// The identity that the peer of a connection proved in its handshake.
/// @param connection  After a handshake under a ServerContext or ClientContext.
/// @return            None if the peer showed no certificate.
/// @thread That of the connection. @cost One parse.
[[nodiscard]] std::optional<PeerIdentity> peer_identity(const ssl_st* connection);

/// Why our side refused the peer's certificate: the sentences of check_chain, or the name that was
/// expected.
/// @return Empty if it was not refused. @thread That of the connection.
[[nodiscard]] std::string peer_refusal(const ssl_st* connection);

}  // namespace heliograph::pki
