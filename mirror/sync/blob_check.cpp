// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/blob_check.hpp>

#include <utility>

namespace heliograph::mirror {

std::vector<BlobClaim> claims_of(const FileRecord& file) {
    const auto& name = file.path.name().text();
    std::vector<BlobClaim> claims{{"file " + name, file.path.digest(), file.size_bytes}};
    if (file.metadata) {
        claims.push_back({"metadata of " + name, file.metadata->digest, file.metadata->size_bytes});
    }
    if (file.provenance) {
        claims.push_back(
            {"provenance of " + name, file.provenance->digest, file.provenance->size_bytes}
        );
    }
    return claims;
}

verify::Finding damage_finding(
    std::string id, std::string subject, std::string expected, std::string seen
) {
    return {
        .id = std::move(id),
        .subject = std::move(subject),
        .expected = std::move(expected),
        .seen = std::move(seen),
        .source = std::string(scrubbed_folder),
        .advice = "repair it: mirror verify --repair",
    };
}

// A sector that the disk does not give any more is damage of this blob and no reason to look at no
// other; what the system refuses to this process would be refused for all of them.
Result<verify::Finding> finding_of(const BlobClaim& claim, const Error& error) {
    const auto expected = "a blob with sha256 " + claim.digest.to_hex();
    if (error.code() == ErrorCode::not_found) {
        return damage_finding("stored-blob-missing", claim.subject, expected, "none");
    }
    if (error.code() == ErrorCode::io) {
        return damage_finding("stored-blob-unreadable", claim.subject, expected, error.describe());
    }
    return error;
}

verify::Finding content_finding(
    const BlobClaim& claim, const OpenBlob& blob, const pki::Sha256& seen
) {
    return damage_finding(
        "stored-blob-damaged",
        claim.subject,
        std::to_string(claim.size_bytes) + " bytes with sha256 " + claim.digest.to_hex(),
        std::to_string(blob.size_bytes) + " bytes with sha256 " + seen.to_hex()
    );
}

Result<std::optional<verify::Finding>> damage_of(
    const BlobStore& blobs, const BlobClaim& claim, const PieceProgress& progress
) {
    const auto look = [&]() -> Result<std::optional<verify::Finding>> {
        HG_TRY(const auto blob, blobs.open(claim.digest));
        HG_TRY(const auto seen, hash_blob(blob, progress));
        return seen == claim.digest ? std::nullopt
                                    : std::optional(content_finding(claim, blob, seen));
    };
    auto damage = look();
    if (damage) {
        return damage;
    }
    HG_TRY(auto finding, finding_of(claim, damage.error()));
    return std::optional(std::move(finding));
}

}  // namespace heliograph::mirror
