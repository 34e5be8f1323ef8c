// SPDX-License-Identifier: Apache-2.0
#include <tests/support/channel.hpp>
#include <tests/support/plain_client.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

struct Place {
    bool tls;
    std::uint16_t port;
};

Place parse_base(std::string_view url) {
    const std::size_t colon = url.rfind(':');
    const auto port = static_cast<std::uint16_t>(std::stoul(std::string(url.substr(colon + 1))));
    return {url.substr(0, 6) == "https:", port};
}

int connect_to(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket);
        throw std::runtime_error("plain client: cannot connect to port " + std::to_string(port));
    }
    return socket;
}

void show(SSL_CTX* context, const ClientIdentity& identity) {
    const std::shared_ptr<BIO> key_text(
        BIO_new_mem_buf(identity.key_pem.data(), static_cast<int>(identity.key_pem.size())),
        &BIO_free
    );
    const std::shared_ptr<BIO> chain_text(
        BIO_new_mem_buf(identity.chain_pem.data(), static_cast<int>(identity.chain_pem.size())),
        &BIO_free
    );
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free
    );
    const std::shared_ptr<X509> leaf(
        PEM_read_bio_X509(chain_text.get(), nullptr, nullptr, nullptr), &X509_free
    );
    SSL_CTX_use_certificate(context, leaf.get());
    SSL_CTX_use_PrivateKey(context, key.get());
    while (X509* above = PEM_read_bio_X509(chain_text.get(), nullptr, nullptr, nullptr)) {
        SSL_CTX_add0_chain_cert(context, above);
    }
}

std::string join_chunks(std::string_view chunked) {
    std::string body;
    while (true) {
        const std::size_t line = chunked.find("\r\n");
        if (line == std::string_view::npos) {
            throw std::runtime_error("plain client: the chunked body ends early");
        }
        const std::size_t size = std::stoul(std::string(chunked.substr(0, line)), nullptr, 16);
        if (size == 0) {
            return body;
        }
        body += chunked.substr(line + 2, size);
        chunked.remove_prefix(std::min(chunked.size(), line + 2 + size + 2));
    }
}

Reply parse_reply(const std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos || bytes.size() < 12) {
        throw std::runtime_error("plain client: no whole reply head");
    }
    Reply reply;
    reply.status = std::stoi(bytes.substr(9, 3));
    std::string length;
    bool chunked = false;
    for (std::size_t at = bytes.find("\r\n"); at < end;) {
        const std::size_t next = bytes.find("\r\n", at + 2);
        const std::string line = bytes.substr(at + 2, next - at - 2);
        const std::size_t colon = line.find(':');
        std::string name = line.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        const std::string value = line.substr(line.find_first_not_of(' ', colon + 1));
        at = next;
        if (name == "content-length") {
            length = value;
        } else if (name == "transfer-encoding") {
            chunked = true;
        } else if (name != "connection" && name != "keep-alive") {
            reply.headers.emplace_back(name, value);
        }
    }
    reply.body = bytes.substr(end + 4);
    if (chunked) {
        reply.body = join_chunks(reply.body);
    } else if (!length.empty() && reply.status != 304 && reply.body.size() != std::stoul(length)) {
        throw std::runtime_error("plain client: the body is not as long as promised");
    }
    return reply;
}

}  // namespace

std::string plain_exchange(
    std::string_view base_url, std::string_view bytes, const ClientIdentity& identity
) {
    const Place place = parse_base(base_url);
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (!identity.key_pem.empty()) {
        show(context.get(), identity);
    }
    Channel channel(connect_to(place.port), StopDescriptor::none);
    if (place.tls && !channel.connect_tls(context.get())) {
        throw std::runtime_error("plain client: no TLS with port " + std::to_string(place.port));
    }
    if (!channel.write_all(bytes)) {
        throw std::runtime_error("plain client: the server closed before the request was sent");
    }
    std::string all;
    for (std::string more = channel.read_some(); !more.empty(); more = channel.read_some()) {
        all += more;
    }
    return all;
}

Reply plain_get(
    std::string_view base_url,
    const std::string& target,
    const Headers& headers,
    const ClientIdentity& identity
) {
    std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers) {
        request.append(name).append(": ").append(value).append("\r\n");
    }
    return parse_reply(plain_exchange(base_url, request + "\r\n", identity));
}

}  // namespace heliograph::test_support
