// SPDX-License-Identifier: Apache-2.0
// Asks name servers, by c-ares. Answers are proposals: nobody signed them.
#pragma once

#include <mirror/net/dns_answer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// A name server, by address.
struct DnsServer {
    std::string address;  ///< Numeric, without brackets.
    std::uint16_t port = 53;

    /// Reads `192.0.2.1`, `192.0.2.1:5353`, `::1` or `[::1]:53`. @errors malformed. @thread Safe.
    [[nodiscard]] static Result<DnsServer> parse(std::string_view text);

    friend bool operator==(const DnsServer&, const DnsServer&) = default;
};

struct DnsPatience {
    std::chrono::milliseconds first_try{2000};  ///< Of one server; a second try has twice as much.
    int tries = 2;
    std::chrono::milliseconds whole{10'000};  ///< Of one question, however many servers there are.
};

/// @thread One thread.
class DnsResolver {
  public:
    /// @param server  None: those that the system uses (resolv.conf).
    /// @errors invalid_argument (no numeric address), internal.
    [[nodiscard]] static Result<DnsResolver> open(
        const std::optional<DnsServer>& server, const DnsPatience& patience = {}
    );
    DnsResolver(DnsResolver&&) noexcept;
    DnsResolver& operator=(DnsResolver&&) noexcept;
    DnsResolver(const DnsResolver&) = delete;
    DnsResolver& operator=(const DnsResolver&) = delete;
    ~DnsResolver();

    /// One question: no search list, no hosts file, no cache; over TCP where an answer is cut off.
    /// @return  An answer without records where there is no such name, or nothing of that type.
    /// @errors network (no server answers, all refuse), timeout, malformed, too_large.
    /// @cost Blocks.
    [[nodiscard]] Result<DnsAnswer> ask(const DnsName& name, DnsType type);

  private:
    struct Channel;
    explicit DnsResolver(std::unique_ptr<Channel> channel);

    std::unique_ptr<Channel> m_channel;
};

}  // namespace heliograph::mirror
