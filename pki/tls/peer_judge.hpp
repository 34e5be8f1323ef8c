// SPDX-License-Identifier: Apache-2.0
// Private: lets check_chain judge the peers of a TLS context, in place of the library's own
// verification.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/peer_policy.hpp>
#include <pki/tls/ssl_handle.hpp>
#include <pki/x509/chain.hpp>

#include <memory>

namespace heliograph::pki {

/// What the handshake asks. Shared, since every context that asks keeps it alive.
struct PeerJudge {
    PeerPolicy policy;
    ChainPurpose purpose;
    const Clock& clock;
};

/// Installs the judge; the context owns a share of it until its own end.
/// @errors invalid_argument (no roots), crypto.
[[nodiscard]] Outcome install_peer_judge(SSL_CTX* context, std::shared_ptr<const PeerJudge> judge);

}  // namespace heliograph::pki
