// SPDX-License-Identifier: Apache-2.0
// Numeric IPv4 and IPv6 socket addresses. Private to this room.
#pragma once

#include <pki/base/result.hpp>

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

namespace heliograph::mirror {

/// The part of an address that counts as one client: a whole IPv4 address, the /64 of an IPv6 one.
using ClientKey = std::array<std::uint8_t, 8>;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    /// @param numeric  `127.0.0.1` or `::1`. @errors invalid_argument.
    [[nodiscard]] static Result<SocketAddress> parse(
        const std::string& numeric, std::uint16_t port
    );

    [[nodiscard]] sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] const sockaddr* raw() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
    [[nodiscard]] int family() const { return storage.ss_family; }
    [[nodiscard]] std::uint16_t port() const;
    /// IPv4 inside IPv6 is written as IPv4.
    [[nodiscard]] std::string numeric() const;
    [[nodiscard]] ClientKey client_key() const;
};

}  // namespace heliograph::mirror
