// SPDX-License-Identifier: Apache-2.0
// Private: a large page as parts that outlive its next edition. Cuts lie where the content says so,
// so that one more file changes the part that it lies in and no other; the row of the page lists
// its parts.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>

#include <cstdint>
#include <vector>

namespace heliograph::mirror {

/// One part, kept in a row of its own.
struct BodyPart {
    std::int64_t row = 0;
    pki::Sha256 digest;

    friend bool operator==(const BodyPart&, const BodyPart&) = default;
};

/// The first part of a body: its end depends on the bytes of the part alone, unless it is the end
/// of the body. Empty of an empty body. @cost As cut_body(), for this part.
[[nodiscard]] ByteSpan first_part(ByteSpan body);

/// Cuts a body; the parts joined are the body.
/// @return None of an empty body; else parts of 8 to 64 KiB, about 16 on average, the last perhaps
/// smaller. @thread Safe. @cost Half a pass.
[[nodiscard]] std::vector<ByteSpan> cut_body(ByteSpan body);

/// The list of parts as a row holds it: for each its row, 8 bytes with the highest first, and its
/// SHA-256.
[[nodiscard]] Bytes render_parts(const std::vector<BodyPart>& parts);

/// @errors malformed.
[[nodiscard]] Result<std::vector<BodyPart>> parse_parts(ByteSpan list);

}  // namespace heliograph::mirror
