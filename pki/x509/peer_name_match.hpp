// SPDX-License-Identifier: Apache-2.0
// Private: which names of a certificate are the one that was asked for.
#pragma once

#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/peer_name.hpp>

namespace heliograph::pki {

/// Looks at the subject alternative names alone, never at the common name. A wildcard stands for
/// one whole leftmost label.
/// @source RFC 9525 section 6; RFC 5280 section 7.5 for mailboxes. @thread Safe.
[[nodiscard]] bool has_peer_name(const CertificateFields& fields, const PeerName& name);

/// Whether a DNS name of a certificate stands for a host name. Both in any case.
[[nodiscard]] bool dns_name_matches(std::string_view presented, std::string_view host);

/// Lower case for ASCII letters.
[[nodiscard]] std::string ascii_lower(std::string_view text);

/// `local@domain` with one `@`, neither side empty. @return The domain, or nothing.
[[nodiscard]] std::optional<std::string_view> mailbox_domain(std::string_view mailbox);

}  // namespace heliograph::pki
