// SPDX-License-Identifier: Apache-2.0
// Whom to believe on the other end of a TLS connection. The judgement is check_chain's, for servers
// and clients alike.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/revocation_list.hpp>

#include <vector>

namespace heliograph::pki {

/// The roots that may vouch for a peer, and the lists that may take it back.
struct PeerPolicy {
    std::vector<Certificate> roots = {};  ///< At least one. The system's store is never used.
    std::vector<RevocationList> revocation_lists = {};
    RevocationPolicy revocation = RevocationPolicy::not_checked;
};

}  // namespace heliograph::pki
