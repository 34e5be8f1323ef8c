// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/tls_session.hpp>
#include <pki/x509/certificate.hpp>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <cstring>

namespace heliograph::mirror {

namespace {

// In the life of one session. An honest client changes its keys once in gigabytes, if ever.
constexpr unsigned most_session_messages = 64;

}  // namespace

int TlsSession::bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
    IoBuffer& staging = static_cast<TlsSession*>(BIO_get_data(bio))->m_buffers.staging;
    BIO_clear_retry_flags(bio);
    if (staging.room().size() < size) {
        BIO_set_retry_write(bio);
        return 0;
    }
    std::memcpy(staging.room().data(), data, size);
    staging.grow(size);
    *written = size;
    return 1;
}

int TlsSession::bio_read(BIO* bio, char* into, std::size_t size, std::size_t* read) {
    TlsSession& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (session.is_flooded()) {
        return 0;
    }
    IoResult result;
    do {
        result = session.m_socket.receive(std::as_writable_bytes(std::span(into, size)));
    } while (result.state == IoState::done && result.bytes == 0);
    if (result.state == IoState::done) {
        *read = result.bytes;
        return 1;
    }
    if (result.state == IoState::blocked) {
        BIO_set_retry_read(bio);
    }
    return 0;
}

long TlsSession::bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* TlsSession::bio_method() {
    static const BioMethodHandle method = [] {
        BioMethodHandle made(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "heliograph staging")
        );
        if (made != nullptr && (BIO_meth_set_write_ex(made.get(), &TlsSession::bio_write) != 1 ||
                                BIO_meth_set_read_ex(made.get(), &TlsSession::bio_read) != 1 ||
                                BIO_meth_set_ctrl(made.get(), &TlsSession::bio_control) != 1)) {
            made.reset();
        }
        return made;
    }();
    return method.get();
}

// NOLINTNEXTLINE(readability-function-size): the library prescribes the parameters.
void TlsSession::note_message(
    int written,
    int /*version*/,
    int type,
    const void* /*content*/,
    std::size_t /*size*/,
    SSL* /*ssl*/,
    void* session
) {
    auto& own = *static_cast<TlsSession*>(session);
    if (own.m_reading && written == 0 && (type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT)) {
        ++own.m_session_messages;
    }
}

bool TlsSession::is_flooded() const {
    return m_session_messages > most_session_messages;
}

Result<std::unique_ptr<TlsSession>> TlsSession::make(
    const pki::ServerContext& context, RawSocket& socket, IoBuffers& buffers
) {
    std::unique_ptr<TlsSession> session(new TlsSession(socket, buffers));
    session->m_ssl.reset(SSL_new(context.native()));
    BioHandle bio(bio_method() != nullptr ? BIO_new(bio_method()) : nullptr);
    if (session->m_ssl == nullptr || bio == nullptr) {
        ERR_clear_error();
        return Error(ErrorCode::crypto, "OpenSSL could not start a TLS session");
    }
    BIO_set_data(bio.get(), session.get());
    BIO_set_init(bio.get(), 1);
    SSL* ssl = session->m_ssl.get();
    BIO* both = bio.release();
    SSL_set_bio(ssl, both, both);
    SSL_set_accept_state(ssl);
    SSL_set_read_ahead(ssl, 1);
    SSL_set_msg_callback(ssl, &TlsSession::note_message);
    SSL_set_msg_callback_arg(ssl, session.get());
    SSL_set_mode(
        ssl,
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    return session;
}

IoState TlsSession::state_after(int outcome) const {
    switch (SSL_get_error(m_ssl.get(), outcome)) {
        case SSL_ERROR_NONE:
            return IoState::done;
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return IoState::blocked;
        case SSL_ERROR_ZERO_RETURN:
            return IoState::closed;
        default:
            ERR_clear_error();
            return IoState::failed;
    }
}

IoResult TlsSession::handshake() {
    ERR_clear_error();
    return {state_after(SSL_do_handshake(m_ssl.get()))};
}

IoResult TlsSession::read(std::span<std::byte> into) {
    ERR_clear_error();
    std::size_t count = 0;
    m_reading = true;
    const int outcome = SSL_read_ex(m_ssl.get(), into.data(), into.size(), &count);
    m_reading = false;
    // The library goes on to the next record by itself, so what one buffer of records has staged is
    // seen here, whatever came behind.
    if (is_flooded()) {
        ERR_clear_error();
        return {IoState::failed};
    }
    if (outcome == 1) {
        return {IoState::done, count};
    }
    return {state_after(outcome)};
}

IoState TlsSession::write(ByteSpan plain) {
    HG_ASSERT(m_buffers.staging.room().size() >= plain.size() + tls_slack_bytes / 2);
    while (!plain.empty()) {
        ERR_clear_error();
        std::size_t count = 0;
        const int outcome = SSL_write_ex(m_ssl.get(), plain.data(), plain.size(), &count);
        if (outcome != 1) {
            return state_after(outcome) == IoState::closed ? IoState::closed : IoState::failed;
        }
        plain = plain.subspan(count);
    }
    return IoState::done;
}

void TlsSession::close() {
    ERR_clear_error();
    // The other end's own alert is not waited for: each HTTP answer states its length.
    static_cast<void>(SSL_shutdown(m_ssl.get()));
    ERR_clear_error();
}

Result<std::shared_ptr<const pki::PeerIdentity>> TlsSession::identity() const {
    X509* peer = SSL_get0_peer_certificate(m_ssl.get());
    if (peer == nullptr) {
        return std::shared_ptr<const pki::PeerIdentity>();
    }
    const int size = i2d_X509(peer, nullptr);
    if (size <= 0) {
        ERR_clear_error();
        return Error(ErrorCode::crypto, "OpenSSL could not write out the client's certificate");
    }
    Bytes der(static_cast<std::size_t>(size));
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    if (i2d_X509(peer, &out) != size) {
        ERR_clear_error();
        return Error(ErrorCode::crypto, "OpenSSL could not write out the client's certificate");
    }
    HG_TRY(const pki::Certificate certificate, pki::Certificate::parse_der(der));
    return std::shared_ptr<const pki::PeerIdentity>(
        std::make_shared<pki::PeerIdentity>(pki::identify_peer(certificate))
    );
}

}  // namespace heliograph::mirror
