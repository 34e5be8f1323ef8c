// SPDX-License-Identifier: Apache-2.0
#include <pki/tls/context_setting.hpp>
#include <pki/tls/peer_judge.hpp>
#include <pki/tls/server_context.hpp>

namespace heliograph::pki {

struct ServerContext::State {
    SslContextHandle context;
};

namespace {

// Kept by the context itself, so that connections may outlive the ServerContext they came from.
// NOLINTNEXTLINE(readability-function-size): the library prescribes the parameters.
void free_alpn(void*, void* value, CRYPTO_EX_DATA*, int, long, void*) {
    const std::unique_ptr<std::string> owned(static_cast<std::string*>(value));
}

int alpn_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_alpn);
    return index;
}

// A client that offers nothing we speak is answered without ALPN: HTTP/1.1 is what it then gets.
// NOLINTNEXTLINE(readability-function-size): the library prescribes the parameters.
int select_alpn(
    SSL*,
    const unsigned char** out,
    unsigned char* out_size,
    const unsigned char* in,
    unsigned int in_size,
    void* argument
) {
    const auto* const ours = static_cast<const std::string*>(argument);
    unsigned char* chosen = nullptr;
    const int answer = SSL_select_next_proto(
        &chosen,
        out_size,
        openssl_bytes(bytes_of(*ours)),
        static_cast<unsigned int>(ours->size()),
        in,
        in_size
    );
    *out = chosen;
    return answer == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Outcome offer_alpn(SSL_CTX* context, const std::vector<std::string>& names) {
    if (names.empty()) {
        return {};
    }
    HG_TRY(std::string wire, render_alpn(names));
    auto kept = std::make_unique<std::string>(std::move(wire));
    HG_CHECK(check(SSL_CTX_set_ex_data(context, alpn_index(), kept.get()), "keep protocol names"));
    SSL_CTX_set_alpn_select_cb(context, select_alpn, kept.release());
    return {};
}

Outcome ask_clients(SSL_CTX* context, const ServerContextRequest& request) {
    if (!request.clients) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
        return check(SSL_CTX_set_num_tickets(context, 1), "set the number of tickets");
    }
    HG_CHECK(install_peer_judge(
        context,
        std::make_shared<PeerJudge>(PeerJudge{
            request.clients->policy, ChainPurpose::client, request.clock})
    ));
    for (const Certificate& root : request.clients->policy.roots) {
        HG_CHECK(check(SSL_CTX_add_client_CA(context, root.native()), "name a client authority"));
    }
    const bool required = request.clients->demand == ClientCertificate::required;
    SSL_CTX_set_verify(
        context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr
    );
    // A resumed session is not judged again, so a revoked client could come back for hours.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return check(SSL_CTX_set_num_tickets(context, 0), "set the number of tickets");
}

}  // namespace

ServerContext::ServerContext(std::shared_ptr<const State> state) : m_state(std::move(state)) {
}

Result<ServerContext> ServerContext::make(const ServerContextRequest& request) {
    SslContextHandle context(SSL_CTX_new(TLS_server_method()));
    if (context == nullptr) {
        return openssl_error(ErrorCode::crypto, "make a TLS server context");
    }
    HG_CHECK(harden(context.get()));
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
    HG_CHECK(use_credential(
        context.get(), {request.credential, ExtendedKeyUsage::server_auth, request.clock.now()}
    ));
    // Sessions of one certificate are not resumed under another.
    const Sha256& id = request.credential.leaf.fingerprint();
    HG_CHECK(check(
        SSL_CTX_set_session_id_context(
            context.get(), openssl_bytes(id.span()), static_cast<unsigned int>(id.span().size())
        ),
        "name the sessions"
    ));
    HG_CHECK(offer_alpn(context.get(), request.alpn));
    HG_CHECK(ask_clients(context.get(), request));
    return ServerContext(std::make_shared<State>(State{std::move(context)}));
}

ssl_ctx_st* ServerContext::native() const {
    return m_state->context.get();
}

}  // namespace heliograph::pki
