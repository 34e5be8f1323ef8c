// SPDX-License-Identifier: Apache-2.0
// Seals and opens a stream of bytes in constant memory; where the bytes come from and go to is the
// caller's.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// Fills some of the span and says how much; 0 only at the end.
using ByteSource = std::function<Result<std::size_t>(std::span<std::byte>)>;
/// Takes the next bytes.
using ByteSink = std::function<Outcome(ByteSpan)>;

/// For whom, and what.
struct SealRequest {
    std::vector<PublicKey> recipients;  ///< 1 to 32, X25519 or P-256, each once.
    std::string content_type = "application/octet-stream";
};

/// Why a sealed file does not open.
enum class SealDefect {
    malformed,        ///< No sealed file, or its header is cut short.
    not_a_recipient,  ///< Sealed to other keys.
    altered,          ///< Header or a chunk are not as they were sealed, or the end is missing.
};

/// The word for JSON documents: `malformed`, `not-a-recipient`, `altered`.
[[nodiscard]] std::string_view seal_defect_name(SealDefect defect);

/// What opening showed.
struct SealOpening {
    std::optional<SealDefect> defect;
    std::string content_type;      ///< Believe it only without a defect.
    std::uint64_t size_bytes = 0;  ///< Of what was released.
};

/// @return  The size of what was sealed.
/// @errors invalid_argument (recipients, content type), unsupported (a key of another kind),
///         too_large (4 PiB), crypto, those of source and sink.
/// @thread Safe. @cost Two key agreements a recipient, one pass; memory for one chunk.
/// @source FORMAT.md.
[[nodiscard]] Result<std::uint64_t> seal_stream(
    const SealRequest& request, const ByteSource& source, const ByteSink& sink
);

/// Each chunk goes to the sink once its tag was checked; what the sink got is worth something only
/// when there is no defect in the end.
/// @errors unsupported (a key of another kind), crypto, those of source and sink.
/// @thread Safe. @cost One key agreement, one pass; memory for one header and one chunk.
/// @source FORMAT.md.
[[nodiscard]] Result<SealOpening> open_stream(
    const PrivateKey& key, const ByteSource& source, const ByteSink& sink
);

}  // namespace heliograph::pki
