// SPDX-License-Identifier: Apache-2.0
// Private: the look at what a folder holds, some projects at a time: pages and records are read by
// one thread, judged and hashed by all.
#pragma once

#include <mirror/sync/page_set.hpp>
#include <mirror/sync/scrub.hpp>
#include <mirror/sync/scrub_memory.hpp>
#include <mirror/sync/scrub_rate.hpp>

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// What a record says that a blob must be.
struct BlobClaim {
    std::string subject;
    pki::Sha256 digest;
    std::uint64_t size_bytes = 0;
};

/// All blobs of one record.
[[nodiscard]] std::vector<BlobClaim> claims_of(const FileRecord& file);

/// @thread One thread; it starts others itself.
class ScrubCheck {
  public:
    /// All must outlive the check.
    struct Parts {
        const Catalog& catalog;
        const BlobStore& blobs;
        const verify::SignerSet& signers;
        const ScrubOptions& options;
        Instant started;
    };

    ScrubCheck(const Parts& parts, ScrubMemory& memory, ScrubRate& rate);

    /// Looks at these projects. Damage and counts are added to the report.
    /// @errors io, denied, crypto, cancelled.
    Outcome run(std::span<const verify::RootEntry> projects, ScrubReport& report);

    /// Blobs of the store that no record named in all runs so far. @cost Reads every folder.
    [[nodiscard]] Result<std::size_t> count_orphans() const;

  private:
    struct Case;
    struct Counts;

    [[nodiscard]] Result<Case> read_case(const verify::RootEntry& project) const;
    [[nodiscard]] Outcome judge(Case& one);
    [[nodiscard]] Result<verify::Verdict> check_blob(const BlobClaim& claim, Counts& counts);
    [[nodiscard]] SoundFact fact_of_case(const Case& one) const;

    Parts m_parts;
    ScrubMemory& m_memory;
    ScrubRate& m_rate;
    pki::Sha256 m_basis;                 ///< Of policy and accepted signers.
    std::vector<std::uint64_t> m_named;  ///< The first eight bytes of every digest claimed.
};

}  // namespace heliograph::mirror
