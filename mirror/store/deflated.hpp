// SPDX-License-Identifier: Apache-2.0
// Private: small pages in a fraction of their size. Raw DEFLATE (RFC 1951) against a dictionary of
// what every page of ours says, so that a page of three files costs little more than its digests.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <cstddef>

namespace heliograph::mirror {

/// Bodies of up to so many bytes are worth it: larger ones are kept in parts, which are not
/// written again when they did not change.
inline constexpr std::size_t deflated_limit_bytes = 32 * 1024;

/// @param body  At most deflated_limit_bytes. @thread Safe. @cost About 30 us a KiB.
[[nodiscard]] Bytes deflate_body(ByteSpan body);

/// @errors malformed (not what deflate_body() gave; more than deflated_limit_bytes).
/// @thread Safe. @cost About 5 us a KiB.
[[nodiscard]] Result<Bytes> inflate_body(ByteSpan deflated);

}  // namespace heliograph::mirror
