// SPDX-License-Identifier: Apache-2.0
// The detached signature that a page brings along, so that both are of one moment: no publish can
// come between.
#pragma once

#include <mirror/net/http_message.hpp>
#include <pki/base/bytes.hpp>

#include <optional>

namespace heliograph::mirror {

/// The bytes in `X-Page-Signature`, judged by nobody yet; none when the field is absent, longer
/// than a signature may be, or no base64: then /serversig is to be asked.
/// @thread Safe. @cost None worth noting.
[[nodiscard]] std::optional<Bytes> signature_along(const HeaderList& headers);

}  // namespace heliograph::mirror
