// SPDX-License-Identifier: Apache-2.0
// Private: the look at what a folder holds, some projects at a time: while they are judged and
// hashed on all cores, one thread reads the pages and records of those that come next.
#pragma once

#include <mirror/sync/page_set.hpp>
#include <mirror/sync/scrub.hpp>
#include <mirror/sync/scrub_memory.hpp>
#include <mirror/sync/scrub_rate.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace heliograph::mirror {

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

    /// Told of projects that were looked at, in their order, by the caller's thread.
    using Progress = std::function<void(std::span<const verify::RootEntry>)>;

    /// Looks at these projects. Damage and counts are added to the report. Nobody else may use the
    /// catalogue meanwhile.
    /// @errors io, denied, crypto, cancelled.
    Outcome run(
        std::span<const verify::RootEntry> projects, ScrubReport& report, const Progress& told
    );

    /// How many of these blobs no record named in all runs so far.
    [[nodiscard]] std::size_t count_orphans(std::span<const pki::Sha256> stored) const;

  private:
    struct Case;
    struct Piece;
    struct Batch;
    struct Counts;

    [[nodiscard]] Result<Case> read_case(const verify::RootEntry& project) const;
    [[nodiscard]] Result<Batch> read_batch(std::span<const verify::RootEntry> projects) const;
    static void take(Case& one, BlobClaim claim, std::optional<verify::Finding> damage);
    Outcome look_at(Batch& batch, ScrubReport& report);
    [[nodiscard]] Outcome judge(Case& one);
    [[nodiscard]] Result<std::optional<verify::Finding>> check_blob(
        const BlobClaim& claim, Counts& counts
    );
    [[nodiscard]] Result<std::optional<verify::Finding>> read_blob_whole(
        const BlobClaim& claim, Counts& counts
    );
    [[nodiscard]] SoundFact fact_of_case(const Case& one) const;

    Parts m_parts;
    ScrubMemory& m_memory;
    ScrubRate& m_rate;
    pki::Sha256 m_basis;                 ///< Of policy and accepted signers.
    std::vector<std::uint64_t> m_named;  ///< The first eight bytes of every digest claimed.
};

}  // namespace heliograph::mirror
