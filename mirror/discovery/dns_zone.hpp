// SPDX-License-Identifier: Apache-2.0
// `dns:ZONE` as people write it, and the names that PEP 381 lets it stand for. Pure.
#pragma once

#include <mirror/fleet/mirror_list.hpp>
#include <mirror/net/dns_answer.hpp>
#include <mirror/net/dns_name.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

struct DnsZone {
    DnsName zone;
    std::uint16_t port = 443;  ///< Of mirrors by letter; services tell their own.
};

/// Whether a source is a zone rather than a file or URL. @thread Safe.
[[nodiscard]] bool is_dns_source(std::string_view source);

/// `dns:mirrors.example.org`, or with `:8443` behind it.
/// @errors malformed. @thread Safe.
[[nodiscard]] Result<DnsZone> parse_dns_zone(std::string_view source);

/// The number of a mirror's label, a = 1 to zz = 702: bijective, base 26.
/// @errors malformed: not one or two lower-case letters. @thread Safe. @source PEP 381.
[[nodiscard]] Result<unsigned> letter_number(std::string_view label);
/// The other way round. @param number  1 to 702. @thread Safe.
[[nodiscard]] std::string letter_label(unsigned number);

/// `https://a.ZONE/` to the last of them.
/// @param last  What `last.ZONE` is an alias of.
/// @errors malformed: not one or two letters directly below the zone, which alone keeps a zone that
/// is set up by half, or hostile, from standing for thousands of names. @thread Safe.
[[nodiscard]] Result<std::vector<ListedMirror>> lettered_mirrors(
    const DnsZone& zone, const DnsName& last
);

/// `https://TARGET:PORT/` of each service below the zone; priorities keep their order, and weights
/// their proportion. Targets elsewhere are passed over: their servers have no certificate of a
/// name that the user named.
/// @param services  Those of one owner. @return Each URL once. @thread Safe. @source RFC 2782.
[[nodiscard]] std::vector<ListedMirror> served_mirrors(
    const DnsZone& zone, const std::vector<DnsService>& services
);

}  // namespace heliograph::mirror
