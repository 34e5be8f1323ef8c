// SPDX-License-Identifier: Apache-2.0
// The mirrors that a zone proposes: services (RFC 2782), else letters (PEP 381).
#pragma once

#include <mirror/discovery/dns_zone.hpp>
#include <mirror/net/dns_resolver.hpp>

#include <vector>

namespace heliograph::mirror {

/// Asks for `_pypi-mirror._tcp.ZONE`, and where there is none, for `last.ZONE`. In a zone where
/// every name stands for something, letters say nothing.
/// @return  At least one mirror, over https.
/// @errors not_found (the zone proposes none), refused (it proposes what cannot be meant: an alias
/// to elsewhere, letters in a wildcard zone, no service below itself, too many of them), network,
/// timeout, malformed, too_large.
/// @thread As the resolver. @cost At most four questions, one after another.
[[nodiscard]] Result<std::vector<ListedMirror>> find_dns_mirrors(
    DnsResolver& resolver, const DnsZone& zone
);

}  // namespace heliograph::mirror
