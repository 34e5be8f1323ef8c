// SPDX-License-Identifier: Apache-2.0
// RECORD of a wheel: the list of its members with their digests, held against what is really there.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/named_digest.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// One line of RECORD. Only RECORD itself and signatures over it have no digest.
struct RecordLine {
    std::optional<pki::NamedDigest> digest;
    std::optional<std::uint64_t> size_bytes;

    friend bool operator==(const RecordLine&, const RecordLine&) = default;
};

/// The lines by path.
using WheelRecord = std::map<std::string, RecordLine>;

/// What a member really holds.
struct MemberContent {
    std::optional<pki::NamedDigest> digest;  ///< By the algorithm that its line in RECORD names.
    std::uint64_t size_bytes = 0;
};

/// What a wheel really holds, by plain path: no `./`, no slash at the end.
struct WheelContent {
    std::map<std::string, MemberContent> files;
    std::set<std::string> folders;  ///< Those with an entry of their own.
};

/// Reads the text of RECORD: comma-separated path, `<algorithm>=<base64url>` and size.
/// @param text  At most record_limit_bytes.
/// @errors malformed (no such lines, a path twice, a digest or size that is none, an algorithm
/// weaker than sha256 or unknown), too_large.
/// @thread Safe. @cost n log n.
/// @source Binary distribution format, "The .dist-info directory"; "Recording installed projects",
/// RECORD; RFC 4180.
[[nodiscard]] Result<WheelRecord> parse_wheel_record(std::string_view text);

inline constexpr std::size_t record_limit_bytes = std::size_t{64} * 1024 * 1024;

/// Checks that RECORD lists exactly the files, with their digests and sizes. RECORD itself and
/// its signatures (`.jws`, `.p7s`) need no line, and no digest when they have one. Folders need no
/// line either; one that names a folder of the wheel, with a slash at its end as some tools write
/// it, says nothing when it promises no content.
/// @param record_path  Path of RECORD in the wheel: its lines are relative to the wheel's root.
/// @errors malformed: the first difference, by path. @thread Safe. @cost n log n.
[[nodiscard]] Outcome check_wheel_record(
    const WheelRecord& record, const std::string& record_path, const WheelContent& content
);

}  // namespace heliograph::mirror
