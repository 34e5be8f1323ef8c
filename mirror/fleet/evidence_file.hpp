// SPDX-License-Identifier: Apache-2.0
// The proof of a ban: one small JSON document that says what was asked, expected and received.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/verdict/finding.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// One document as a mirror gave it.
struct ReceivedDocument {
    std::string url;
    int status = 0;
    std::uint64_t size_bytes = 0;
    pki::Sha256 sha256;
};

struct MirrorEvidence {
    std::string mirror;  ///< Base URL.
    Instant at{};
    std::string requested;  ///< `wheel>=0.38`.
    std::vector<verify::Finding> findings;
    std::vector<ReceivedDocument> received;  ///< Pages and their evidence, the last ones.
};

/// Writes it as a new file of the folder, which is made when missing.
/// @return  Where it lies: `20260102T030405Z-one.example-0011aabb.json`.
/// @errors io, denied. @thread Safe. @cost One synced write.
[[nodiscard]] Result<std::filesystem::path> write_evidence(
    const std::filesystem::path& folder, const MirrorEvidence& evidence
);

}  // namespace heliograph::mirror
