// SPDX-License-Identifier: Apache-2.0
// One answer of a name server, read strictly. Nothing of it is true: the DNS signs nothing here.
#pragma once

#include <mirror/net/dns_name.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// What is asked for. @source RFC 1035 section 3.2.2; RFC 3596; RFC 2782.
enum class DnsType : std::uint16_t { a = 1, cname = 5, aaaa = 28, srv = 33 };

struct DnsAlias {
    DnsName owner;
    DnsName target;

    friend bool operator==(const DnsAlias&, const DnsAlias&) = default;
};

struct DnsService {
    DnsName owner;
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::optional<DnsName> target;  ///< None: `.`, there is no such service.

    friend bool operator==(const DnsService&, const DnsService&) = default;
};

/// Of its answer section what is of use here, in order.
struct DnsAnswer {
    std::vector<DnsAlias> aliases = {};
    std::vector<DnsService> services = {};
    std::size_t addresses = 0;  ///< Records of type A and AAAA.

    friend bool operator==(const DnsAnswer&, const DnsAnswer&) = default;
};

/// The most records that an answer may have.
inline constexpr std::size_t dns_records = 1024;

/// @param message  A whole message, at most 65,535 bytes.
/// @return  An answer without records where there is no such name, or nothing of that type.
/// @errors malformed (no answer; cut off; a name that loops or is none), too_large (more than
/// dns_records), network (the server refuses or fails). @thread Safe. @cost One pass.
/// @source RFC 1035 section 4; RFC 2782.
[[nodiscard]] Result<DnsAnswer> parse_dns_answer(ByteSpan message);

}  // namespace heliograph::mirror
