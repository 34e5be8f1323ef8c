// SPDX-License-Identifier: Apache-2.0
// Who the other end of a TLS connection proved to be.
#pragma once

#include <pki/crypto/digest.hpp>
#include <pki/x509/certificate.hpp>

#include <string>
#include <vector>

namespace heliograph::pki {

/// What policies may look at. Only the URI is an identity; the common name is for log lines.
struct PeerIdentity {
    std::string uri;  ///< The one URI SAN; empty if there is none or more than one.
    std::string common_name;
    std::vector<std::string> dns_names;
    Sha256 fingerprint;
};

/// @param certificate  A leaf that check_chain accepted. @thread Safe.
[[nodiscard]] PeerIdentity identify_peer(const Certificate& certificate);

}  // namespace heliograph::pki
