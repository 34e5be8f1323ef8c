// SPDX-License-Identifier: Apache-2.0
// TLS settings for the tests of this room, from an authority that is not ours.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/net/http_server.hpp>
#include <pki/tls/client_context.hpp>
#include <pki/tls/server_context.hpp>
#include <tests/support/test_authority.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::test {

template <typename T>
T must(Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().describe());
    }
    return *std::move(result);
}

inline pki::Credential credential_of(const test_support::TlsIdentity& identity) {
    return must(pki::Credential::parse_bundle(bytes_of(identity.key_pem + identity.chain_pem)));
}

inline pki::PeerPolicy policy_of(const test_support::TestAuthority& authority) {
    return {
        {must(pki::Certificate::parse_pem(authority.root_pem()))},
        {},
        pki::RevocationPolicy::not_checked};
}

inline const SystemClock& system_clock() {
    static const SystemClock clock;
    return clock;
}

inline pki::ClientContext client_trusting(
    const test_support::TestAuthority& authority, const pki::Credential* own = nullptr
) {
    return must(pki::ClientContext::make(
        {.policy = policy_of(authority), .credential = own, .alpn = {}, .clock = system_clock()}
    ));
}

inline pki::ServerContext server_context(
    const test_support::TestAuthority& authority,
    std::optional<pki::ClientAuthentication> clients = std::nullopt
) {
    const pki::Credential own = credential_of(authority.issue());
    return must(pki::ServerContext::make(
        {.credential = own, .clients = std::move(clients), .clock = system_clock()}
    ));
}

}  // namespace heliograph::test
