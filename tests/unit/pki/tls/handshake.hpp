// SPDX-License-Identifier: Apache-2.0
// A whole TLS handshake between two contexts in memory: no socket, no port.
#pragma once

#include <pki/tls/client_context.hpp>
#include <pki/tls/peer_identity.hpp>
#include <pki/tls/server_context.hpp>
#include <pki/tls/ssl_handle.hpp>

#include <array>
#include <string>

namespace heliograph::pki::test {

/// Both ends after the handshake and one byte from server to client, which TLS 1.3 needs to tell a
/// client of a refusal.
class Handshake {
  public:
    Handshake(SSL_CTX* server, SSL_CTX* client, const std::string& host)
        : m_server(SSL_new(server)), m_client(SSL_new(client)) {
        BIO* server_side = nullptr;
        BIO* client_side = nullptr;
        HG_ASSERT(BIO_new_bio_pair(&server_side, 0, &client_side, 0) == 1);
        SSL_set_bio(m_server.get(), server_side, server_side);
        SSL_set_bio(m_client.get(), client_side, client_side);
        SSL_set_accept_state(m_server.get());
        SSL_set_connect_state(m_client.get());
        if (!host.empty()) {
            HG_ASSERT(SSL_set1_host(m_client.get(), host.c_str()) == 1);
        }
        for (int round = 0; round < 10; ++round) {
            static_cast<void>(SSL_do_handshake(m_client.get()));
            static_cast<void>(SSL_do_handshake(m_server.get()));
        }
        if (SSL_is_init_finished(m_server.get()) == 1 &&
            SSL_is_init_finished(m_client.get()) == 1) {
            std::array<char, 1> byte{'x'};
            m_done = SSL_write(m_server.get(), byte.data(), 1) == 1 &&
                     SSL_read(m_client.get(), byte.data(), 1) == 1;
        }
        drain_openssl_errors();
    }

    [[nodiscard]] bool done() const { return m_done; }
    [[nodiscard]] SSL* server() const { return m_server.get(); }
    [[nodiscard]] SSL* client() const { return m_client.get(); }

  private:
    SslHandle m_server;
    SslHandle m_client;
    bool m_done = false;
};

}  // namespace heliograph::pki::test
