// SPDX-License-Identifier: Apache-2.0
// Hexadecimal and base64, strict: one accepted form for each value, so that two texts never mean
// the same bytes.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <string>
#include <string_view>

namespace heliograph {

/// Lower-case hexadecimal. @thread Safe. @cost One pass.
[[nodiscard]] std::string encode_hex(ByteSpan bytes);

/// @param text  Lower-case hexadecimal digits only, an even number of them.
/// @errors malformed. @thread Safe. @cost One pass.
[[nodiscard]] Result<Bytes> decode_hex(std::string_view text);

/// Base64 with padding. @source RFC 4648 section 4. @thread Safe. @cost One pass.
[[nodiscard]] std::string encode_base64(ByteSpan bytes);

/// @param text  Padded, no line breaks, unused bits zero.
/// @errors malformed. @source RFC 4648 sections 3.5 and 4. @thread Safe. @cost One pass.
[[nodiscard]] Result<Bytes> decode_base64(std::string_view text);

/// The URL and file name safe alphabet, without padding. @source RFC 4648 section 5. @thread Safe.
/// @cost One pass.
[[nodiscard]] std::string encode_base64url(ByteSpan bytes);

/// @param text  Unpadded, unused bits zero.
/// @errors malformed. @source RFC 4648 section 5. @thread Safe. @cost One pass.
[[nodiscard]] Result<Bytes> decode_base64url(std::string_view text);

}  // namespace heliograph
