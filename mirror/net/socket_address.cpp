// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/socket_address.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace heliograph::mirror {

namespace {

const sockaddr_in& as_four(const SocketAddress& address) {
    return *reinterpret_cast<const sockaddr_in*>(&address.storage);
}

const sockaddr_in6& as_six(const SocketAddress& address) {
    return *reinterpret_cast<const sockaddr_in6*>(&address.storage);
}

bool is_mapped(const SocketAddress& address) {
    return address.family() == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&as_six(address).sin6_addr) != 0;
}

}  // namespace

Result<SocketAddress> SocketAddress::parse(const std::string& numeric, std::uint16_t port) {
    SocketAddress address;
    auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
    if (::inet_pton(AF_INET, numeric.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        address.size = sizeof(sockaddr_in);
        return address;
    }
    address = {};
    auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET6, numeric.c_str(), &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        address.size = sizeof(sockaddr_in6);
        return address;
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a numeric IPv4 or IPv6 address to listen on, but got '" + numeric + "'"
    );
}

std::uint16_t SocketAddress::port() const {
    return ntohs(family() == AF_INET6 ? as_six(*this).sin6_port : as_four(*this).sin_port);
}

std::string SocketAddress::numeric() const {
    char text[INET6_ADDRSTRLEN] = {};
    const void* binary = &as_four(*this).sin_addr;
    int printed_family = AF_INET;
    if (is_mapped(*this)) {
        binary = &as_six(*this).sin6_addr.s6_addr[12];
    } else if (family() == AF_INET6) {
        binary = &as_six(*this).sin6_addr;
        printed_family = AF_INET6;
    }
    const char* written = ::inet_ntop(printed_family, binary, text, sizeof(text));
    return written != nullptr ? written : "unknown";
}

ClientKey SocketAddress::client_key() const {
    ClientKey key{};
    if (is_mapped(*this)) {
        std::memcpy(key.data() + 4, &as_six(*this).sin6_addr.s6_addr[12], 4);
    } else if (family() == AF_INET6) {
        std::memcpy(key.data(), &as_six(*this).sin6_addr, key.size());
    } else {
        std::memcpy(key.data() + 4, &as_four(*this).sin_addr, 4);
    }
    return key;
}

}  // namespace heliograph::mirror
