// SPDX-License-Identifier: Apache-2.0
// What the key of a certificate may be used for (RFC 5280, section 4.2.1.3).
#pragma once

#include <pki/x509/certificate.hpp>

namespace heliograph::pki {

/// Whether secrets may be agreed on with the key: the bit keyAgreement, or no such extension at
/// all.
/// @thread Safe. @cost None.
[[nodiscard]] bool permits_key_agreement(const Certificate& certificate);

}  // namespace heliograph::pki
