// SPDX-License-Identifier: Apache-2.0
#include <pki/tls/client_context.hpp>
#include <pki/tls/context_setting.hpp>
#include <pki/tls/peer_judge.hpp>

namespace heliograph::pki {

struct ClientContext::State {
    SslContextHandle context;
    std::shared_ptr<const PeerJudge> judge;
};

ClientContext::ClientContext(std::shared_ptr<const State> state) : m_state(std::move(state)) {
}

Result<ClientContext> ClientContext::make(const ClientContextRequest& request) {
    SslContextHandle context(SSL_CTX_new(TLS_client_method()));
    if (context == nullptr) {
        return openssl_error(ErrorCode::crypto, "make a TLS client context");
    }
    HG_CHECK(harden(context.get()));
    auto judge =
        std::make_shared<PeerJudge>(PeerJudge{request.policy, ChainPurpose::server, request.clock});
    HG_CHECK(install_peer_judge(context.get(), judge));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (request.credential != nullptr) {
        HG_CHECK(use_credential(
            context.get(), {*request.credential, ExtendedKeyUsage::client_auth, request.clock.now()}
        ));
    }
    HG_TRY(const std::string alpn, render_alpn(request.alpn));
    if (!alpn.empty()) {
        // The one call of the library that answers 0 for success.
        const int failed = SSL_CTX_set_alpn_protos(
            context.get(), openssl_bytes(bytes_of(alpn)), static_cast<unsigned int>(alpn.size())
        );
        HG_CHECK(check(failed == 0 ? 1 : 0, "offer protocol names"));
    }
    return ClientContext(std::make_shared<State>(State{std::move(context), std::move(judge)}));
}

ssl_ctx_st* ClientContext::native() const {
    return m_state->context.get();
}

Outcome ClientContext::apply_to(ssl_ctx_st* foreign) const {
    HG_CHECK(harden(foreign));
    HG_CHECK(install_peer_judge(foreign, m_state->judge));
    SSL_CTX_set_verify(foreign, SSL_VERIFY_PEER, nullptr);
    SSL_CTX* const own = m_state->context.get();
    X509* const leaf = SSL_CTX_get0_certificate(own);
    if (leaf == nullptr) {
        return {};
    }
    HG_CHECK(check(SSL_CTX_use_certificate(foreign, leaf), "use a certificate"));
    HG_CHECK(check(SSL_CTX_use_PrivateKey(foreign, SSL_CTX_get0_privatekey(own)), "use a key"));
    STACK_OF(X509)* chain = nullptr;
    HG_CHECK(check(
        static_cast<int>(SSL_CTX_get0_chain_certs(own, &chain)), "read a chain of certificates"
    ));
    if (chain == nullptr) {
        return {};
    }
    return check(
        static_cast<int>(SSL_CTX_set1_chain(foreign, chain)), "use a chain of certificates"
    );
}

}  // namespace heliograph::pki
