// SPDX-License-Identifier: Apache-2.0
#include <pki/tls/client_context.hpp>
#include <pki/tls/server_context.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/unit/pki/tls/handshake.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using heliograph::test::FakeClock;
using heliograph::test::succeeded;
using std::chrono::days;
using test::Handshake;
using test::sample_now;
using test::SampleChain;
using test::sure;
using testing::HasSubstr;

class TlsContext : public testing::Test {
  protected:
    Credential credential(LeafKind kind) {
        return sure(Credential::combine(
            sure(PrivateKey::parse_pem(m_chain.leaf_key.to_pem().expose())),
            {m_chain.leaf(kind), m_chain.intermediate}
        ));
    }

    PeerPolicy policy(const std::vector<RevokedEntry>& revoked = {}) {
        return {
            {m_chain.root},
            {m_chain.list_of_root(), m_chain.list_of_intermediate(revoked)},
            RevocationPolicy::required};
    }

    ServerContext server(std::optional<ClientAuthentication> clients = {}) {
        const Credential own = credential(LeafKind::server);
        return sure(ServerContext::make(
            {.credential = own, .clients = std::move(clients), .clock = m_clock}
        ));
    }

    ClientContext client(
        const Credential* own = nullptr, const std::vector<RevokedEntry>& revoked = {}
    ) {
        return sure(ClientContext::make(
            {.policy = policy(revoked), .credential = own, .alpn = {"http/1.1"}, .clock = m_clock}
        ));
    }

    SampleChain m_chain;
    FakeClock m_clock{sample_now};
};

TEST_F(TlsContext, RightServerIsAcceptedWithTls13) {
    const Handshake handshake(server().native(), client().native(), "localhost");
    ASSERT_TRUE(handshake.done()) << peer_refusal(handshake.client());
    EXPECT_STREQ(SSL_get_version(handshake.client()), "TLSv1.3");
    const auto peer = peer_identity(handshake.client());
    ASSERT_TRUE(peer.has_value());
    EXPECT_EQ(peer->common_name, "localhost");
    EXPECT_FALSE(peer_identity(handshake.server()).has_value());
}

TEST_F(TlsContext, ConnectionsOutliveTheContextTheyCameFrom) {
    std::unique_ptr<Handshake> handshake;
    {
        const ServerContext served = server();
        const ClientContext asking = client();
        handshake = std::make_unique<Handshake>(served.native(), asking.native(), "localhost");
    }
    EXPECT_TRUE(handshake->done());
}

TEST_F(TlsContext, ServerOfAnotherNameIsRefused) {
    const Handshake handshake(server().native(), client().native(), "mirror.example.org");
    EXPECT_FALSE(handshake.done());
    EXPECT_EQ(SSL_get_verify_result(handshake.client()), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_THAT(peer_refusal(handshake.client()), HasSubstr("other names"));
}

TEST_F(TlsContext, AddressIsComparedToo) {
    const ServerContext served = server();
    const ClientContext asking = client();
    for (const auto& [address, good] : {std::pair("127.0.0.1", true), {"127.0.0.2", false}}) {
        SslContextHandle context(SSL_CTX_new(TLS_client_method()));
        ASSERT_TRUE(succeeded(asking.apply_to(context.get())));
        X509_VERIFY_PARAM* const parameters = SSL_CTX_get0_param(context.get());
        ASSERT_EQ(X509_VERIFY_PARAM_set1_ip_asc(parameters, address), 1);
        const Handshake handshake(served.native(), context.get(), "");
        EXPECT_EQ(handshake.done(), good) << address;
    }
}

TEST_F(TlsContext, ExpiredServerIsRefusedAtTheTimeOfTheClock) {
    const ServerContext served = server();
    const ClientContext asking = client();
    m_clock.advance(days(91));
    const Handshake handshake(served.native(), asking.native(), "localhost");
    EXPECT_FALSE(handshake.done());
    EXPECT_THAT(peer_refusal(handshake.client()), HasSubstr("expired"));
}

TEST_F(TlsContext, RevokedServerIsRefused) {
    const Credential own = credential(LeafKind::server);
    const ServerContext served =
        sure(ServerContext::make({.credential = own, .clients = {}, .clock = m_clock}));
    const ClientContext asking =
        client(nullptr, {{own.leaf.serial_hex(), sample_now, RevocationReason::key_compromise}});
    const Handshake handshake(served.native(), asking.native(), "localhost");
    EXPECT_FALSE(handshake.done());
    EXPECT_EQ(SSL_get_verify_result(handshake.client()), X509_V_ERR_CERT_REVOKED);
}

TEST_F(TlsContext, ServerOfAnotherAuthorityIsRefused) {
    SampleChain other;
    const ClientContext asking = sure(ClientContext::make(
        {.policy = {{other.root}, {}, RevocationPolicy::not_checked},
         .credential = nullptr,
         .alpn = {},
         .clock = m_clock}
    ));
    const Handshake handshake(server().native(), asking.native(), "localhost");
    EXPECT_FALSE(handshake.done());
    EXPECT_FALSE(peer_refusal(handshake.client()).empty());
}

TEST_F(TlsContext, ClientProvesItsIdentityByUri) {
    const Credential own = credential(LeafKind::client);
    const Handshake handshake(
        server(ClientAuthentication{policy()}).native(), client(&own).native(), "localhost"
    );
    ASSERT_TRUE(handshake.done()) << peer_refusal(handshake.server());
    const auto peer = peer_identity(handshake.server());
    ASSERT_TRUE(peer.has_value());
    EXPECT_EQ(peer->uri, "spiffe://sample/client/sample");
    EXPECT_EQ(peer->fingerprint, own.leaf.fingerprint());
}

TEST_F(TlsContext, ClientWithoutCertificateIsRefusedWhereOneIsRequired) {
    const Handshake refused(
        server(ClientAuthentication{policy()}).native(), client().native(), "localhost"
    );
    EXPECT_FALSE(refused.done());
    const Handshake welcome(
        server(ClientAuthentication{policy(), ClientCertificate::optional}).native(),
        client().native(),
        "localhost"
    );
    EXPECT_TRUE(welcome.done());
}

TEST_F(TlsContext, RevokedClientIsRefused) {
    const Credential own = credential(LeafKind::client);
    const ServerContext served = server(ClientAuthentication{
        policy({{own.leaf.serial_hex(), sample_now, RevocationReason::unspecified}})});
    const Handshake handshake(served.native(), client(&own).native(), "localhost");
    EXPECT_FALSE(handshake.done());
    EXPECT_THAT(peer_refusal(handshake.server()), HasSubstr("revoked"));
}

TEST_F(TlsContext, ServerCertificateIsNoClientCertificate) {
    const Credential own = credential(LeafKind::server);
    expect_error(
        ClientContext::make({.policy = policy(), .credential = &own, .alpn = {}, .clock = m_clock}),
        ErrorCode::invalid_argument,
        "TLS client"
    );
    // Shown nevertheless, by a client that does not look at itself, it is refused by the server.
    SslContextHandle context(SSL_CTX_new(TLS_client_method()));
    ASSERT_EQ(SSL_CTX_use_certificate(context.get(), own.leaf.native()), 1);
    ASSERT_EQ(SSL_CTX_use_PrivateKey(context.get(), own.key.native()), 1);
    ASSERT_EQ(SSL_CTX_add1_chain_cert(context.get(), m_chain.intermediate.native()), 1);
    const Handshake handshake(
        server(ClientAuthentication{policy()}).native(), context.get(), "localhost"
    );
    EXPECT_FALSE(handshake.done());
    EXPECT_EQ(SSL_get_verify_result(handshake.server()), X509_V_ERR_INVALID_PURPOSE);
}

TEST_F(TlsContext, OldProtocolVersionsAreRefused) {
    const ServerContext served = server();
    SslContextHandle context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    ASSERT_EQ(SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION), 1);
    EXPECT_FALSE(Handshake(served.native(), context.get(), "").done());
    SslContextHandle newer(SSL_CTX_new(TLS_client_method()));
    ASSERT_EQ(SSL_CTX_set_max_proto_version(newer.get(), TLS1_2_VERSION), 1);
    EXPECT_TRUE(Handshake(served.native(), newer.get(), "").done());
    ASSERT_EQ(SSL_CTX_set_cipher_list(newer.get(), "AES128-SHA:ECDHE-ECDSA-AES128-SHA"), 1);
    EXPECT_FALSE(Handshake(served.native(), newer.get(), "").done());
}

TEST_F(TlsContext, ProtocolIsAgreedUpon) {
    const Handshake handshake(server().native(), client().native(), "localhost");
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(handshake.client(), &name, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(name), size), "http/1.1");
}

TEST_F(TlsContext, OwnCertificatesThatPeersWouldRefuseAreRefusedAtOnce) {
    const auto make = [this](const Credential& own) {
        return ServerContext::make({.credential = own, .clients = {}, .clock = m_clock});
    };
    expect_error(make(credential(LeafKind::signer)), ErrorCode::invalid_argument, "TLS server");
    const Credential good = credential(LeafKind::server);
    const Credential foreign{sure(PrivateKey::generate()), good.leaf, good.intermediates};
    expect_error(make(foreign), ErrorCode::invalid_argument, "another key");
    m_clock.advance(days(91));
    expect_error(make(good), ErrorCode::invalid_argument, "expired");
    m_clock.set(sample_now - days(1));
    expect_error(make(good), ErrorCode::invalid_argument, "clock");
    expect_error(
        ClientContext::make({.policy = {}, .credential = nullptr, .alpn = {}, .clock = m_clock}),
        ErrorCode::invalid_argument,
        "root"
    );
}

}  // namespace
}  // namespace heliograph::pki
