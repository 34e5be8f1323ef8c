// SPDX-License-Identifier: Apache-2.0
#include <tests/support/session_flood.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

constexpr std::size_t record_bytes = 16384;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t key_bytes = 16;
constexpr std::size_t salt_bytes = 4;

void demand(bool holds, const char* what) {
    if (!holds) {
        throw std::runtime_error(std::string("session flood: ") + what);
    }
}

int connect_to(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval longest{20, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket);
        throw std::runtime_error("session flood: not connected");
    }
    return socket;
}

std::string big_endian(std::uint64_t number, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) {
        text.push_back(static_cast<char>(number >> (8 * i) & 0xffU));
    }
    return text;
}

unsigned char* out(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* in(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

struct SessionFlood::State {
    State(std::uint16_t port, Version chosen) : version(chosen), socket(connect_to(port)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { ::close(socket); }

    // What the library wants to send.
    [[nodiscard]] std::string drained() const {
        std::string records(BIO_ctrl_pending(SSL_get_wbio(ssl.get())), '\0');
        if (!records.empty()) {
            const int size = static_cast<int>(records.size());
            demand(BIO_read(SSL_get_wbio(ssl.get()), records.data(), size) == size, "lost records");
        }
        return records;
    }
    [[nodiscard]] std::string received() {
        std::string piece(65536, '\0');
        const auto count = ::recv(socket, piece.data(), piece.size(), 0);
        timed_out = timed_out || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
        piece.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return piece;
    }
    void derive_keys();
    [[nodiscard]] std::string sealed(char type, std::string_view plain);

    Version version;
    int socket;
    std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
    std::shared_ptr<SSL> ssl;
    bool timed_out = false;
    // TLS 1.2, behind the client's Finished: the library keeps these to itself.
    std::string key;
    std::string salt;
    std::uint64_t sequence = 1;
};

// RFC 5246 section 6.3, RFC 5288.
void SessionFlood::State::derive_keys() {
    std::string master(48, '\0');
    demand(
        SSL_SESSION_get_master_key(SSL_get_session(ssl.get()), out(master), master.size()) ==
            master.size(),
        "no master secret"
    );
    std::string client(32, '\0');
    std::string seed(32, '\0');
    SSL_get_client_random(ssl.get(), out(client), client.size());
    SSL_get_server_random(ssl.get(), out(seed), seed.size());
    seed = "key expansion" + seed + client;
    const std::shared_ptr<EVP_KDF> kdf(
        EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, nullptr), &EVP_KDF_free
    );
    const std::shared_ptr<EVP_KDF_CTX> prf(EVP_KDF_CTX_new(kdf.get()), &EVP_KDF_CTX_free);
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 4> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), master.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
        OSSL_PARAM_construct_end()};
    std::string block(2 * key_bytes + 2 * salt_bytes, '\0');
    demand(
        EVP_KDF_derive(prf.get(), out(block), block.size(), parameters.data()) == 1, "no key block"
    );
    key = block.substr(0, key_bytes);
    salt = block.substr(2 * key_bytes, salt_bytes);
}

std::string SessionFlood::State::sealed(char type, std::string_view plain) {
    const std::string number = big_endian(sequence++, 8);
    const std::string nonce = salt + number;
    const std::string bound = number + type + "\x03\x03" + big_endian(plain.size(), 2);
    std::string cipher(plain.size(), '\0');
    std::string tag(tag_bytes, '\0');
    int size = 0;
    const std::shared_ptr<EVP_CIPHER_CTX> gcm(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    demand(
        EVP_EncryptInit_ex(gcm.get(), EVP_aes_128_gcm(), nullptr, in(key), in(nonce)) == 1 &&
            EVP_EncryptUpdate(
                gcm.get(), nullptr, &size, in(bound), static_cast<int>(bound.size())
            ) == 1 &&
            EVP_EncryptUpdate(
                gcm.get(), out(cipher), &size, in(plain), static_cast<int>(plain.size())
            ) == 1 &&
            EVP_EncryptFinal_ex(gcm.get(), nullptr, &size) == 1 &&
            EVP_CIPHER_CTX_ctrl(gcm.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, tag.data()) == 1,
        "no record"
    );
    const std::string content = number + cipher + tag;
    return type + std::string("\x03\x03") + big_endian(content.size(), 2) + content;
}

SessionFlood::SessionFlood(std::uint16_t port, Version version)
    : m_state(std::make_unique<State>(port, version)) {
    State& state = *m_state;
    SSL_CTX* context = state.context.get();
    const int number = version == Version::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_min_proto_version(context, number);
    SSL_CTX_set_max_proto_version(context, number);
    demand(SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1, "no cipher");
    state.ssl.reset(SSL_new(context), &SSL_free);
    SSL_set_bio(state.ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(state.ssl.get());
    while (SSL_do_handshake(state.ssl.get()) != 1) {
        demand(send(state.drained()), "the handshake was cut off");
        const std::string more = state.received();
        demand(!more.empty(), "the handshake was cut off");
        BIO_write(SSL_get_rbio(state.ssl.get()), more.data(), static_cast<int>(more.size()));
    }
    demand(send(state.drained()), "the handshake was cut off");
    if (version == Version::tls12) {
        state.derive_keys();
    }
}

SessionFlood::~SessionFlood() = default;

std::string SessionFlood::messages(std::size_t count) {
    std::string records;
    for (std::size_t i = 0; i < count; ++i) {
        if (m_state->version == Version::tls12) {
            // The head of an empty ClientHello in a handshake record.
            records += m_state->sealed('\x16', std::string_view("\x01\0\0\0", 4));
            continue;
        }
        SSL* ssl = m_state->ssl.get();
        demand(
            SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1,
            "no key update"
        );
        records += m_state->drained();
    }
    return records;
}

std::string SessionFlood::data(std::string_view plain) {
    std::string records;
    while (!plain.empty()) {
        const std::string_view piece = plain.substr(0, record_bytes);
        plain.remove_prefix(piece.size());
        if (m_state->version == Version::tls12) {
            records += m_state->sealed('\x17', piece);
            continue;
        }
        const int size = static_cast<int>(piece.size());
        demand(SSL_write(m_state->ssl.get(), piece.data(), size) == size, "no record");
        records += m_state->drained();
    }
    return records;
}

bool SessionFlood::send(std::string_view records) {
    while (!records.empty()) {
        const auto count = ::send(m_state->socket, records.data(), records.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        records.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

std::string SessionFlood::read_to_end() {
    std::string all;
    for (std::string more = m_state->received(); !more.empty(); more = m_state->received()) {
        all += more;
    }
    return all;
}

bool SessionFlood::timed_out() const {
    return m_state->timed_out;
}

}  // namespace heliograph::test_support
