// SPDX-License-Identifier: Apache-2.0
// What the key of a certificate may be used for (RFC 5280, section 4.2.1.3).
#pragma once

#include <pki/x509/certificate.hpp>

namespace heliograph::pki {

/// Whether secrets may be agreed on with the key: the bit keyAgreement, or no such extension at
/// all.
/// @thread Safe. @cost None.
[[nodiscard]] bool permits_key_agreement(const Certificate& certificate);

/// Whether the key may take part in some key exchange of TLS: one of the bits digitalSignature,
/// keyEncipherment and keyAgreement, or no such extension at all.
/// @thread Safe. @cost None. @source RFC 5246 section 7.4.2; OpenSSL asks for no more.
[[nodiscard]] bool permits_tls_handshakes(const Certificate& certificate);

/// How many steps, as a power of two, it takes to break the key, as OpenSSL's levels of security
/// count; 0 for a key that cannot be read.
/// @thread Safe. @cost None. @source NIST SP 800-57 part 1, table 2.
[[nodiscard]] int security_bits_of_key(const Certificate& certificate);

}  // namespace heliograph::pki
