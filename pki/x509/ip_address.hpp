// SPDX-License-Identifier: Apache-2.0
// Private: IP addresses and ranges as certificates hold them: 4 or 16 octets, followed by a mask in
// constraints.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <string>
#include <string_view>

namespace heliograph::pki {

/// @param text  `127.0.0.1` or `::1`. @return 4 or 16 octets. @errors invalid_argument.
[[nodiscard]] Result<Bytes> parse_ip(std::string_view text);

/// @param octets  4 or 16. @return Dotted, or as RFC 5952 writes it. @errors malformed (another
/// length).
[[nodiscard]] Result<std::string> format_ip(ByteSpan octets);

/// @param text  `10.0.0.0/8`, `fd00::/8`, or an address alone; no bit may be set behind the prefix.
/// @return      Address and mask: 8 or 32 octets. @errors invalid_argument. @source RFC 5280
/// section 4.2.1.10.
[[nodiscard]] Result<Bytes> parse_ip_range(std::string_view text);

/// The reverse. @errors malformed (another length, or a mask with holes).
[[nodiscard]] Result<std::string> format_ip_range(ByteSpan octets);

}  // namespace heliograph::pki
