// SPDX-License-Identifier: Apache-2.0
// Verified pages and metadata for whoever resolves dependencies: asked for ahead, side by
// side; an answer is there when its thread has told the crew what it learnt.
#pragma once

#include <mirror/fetch/fetch_crew.hpp>
#include <mirror/fetch/version_metadata.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// A page, or what every mirror did wrong.
using PageAnswer = Result<std::shared_ptr<const PageOutcome>>;

/// What a file's core metadata says, or what every mirror did wrong. The text itself, most of it a
/// description, is not kept: thousands may be on their way.
struct MetadataOutcome {
    std::optional<MetadataReading> reading;
    std::vector<MirrorFailure> failures;
    std::uint64_t fetched_bytes = 0;  ///< Of the text, or of the file it was read out of.
};
using MetadataAnswer = Result<std::shared_ptr<const MetadataOutcome>>;

/// Readings that may lie unclaimed, about: those of any closure that is known. What they are of is
/// a guess, and nobody has paid for them yet.
inline constexpr std::size_t unclaimed_bytes = 64U << 20U;

/// @thread One thread at a time. The crew must demand page signatures (asserted by its sessions).
class ProjectDesk {
  public:
    /// @param crew    Asks the mirrors. Outlives the desk.
    /// @param folder  Outlives the crew's tasks. For files whose page names no metadata: they are
    /// fetched there to be read.
    /// @param most_unclaimed_bytes  Then metadata is not read ahead any more.
    ProjectDesk(
        FetchCrew& crew,
        std::filesystem::path folder,
        std::size_t most_unclaimed_bytes = unclaimed_bytes
    )
        : m_crew(crew),
          m_folder(std::move(folder)),
          m_most_unclaimed_bytes(most_unclaimed_bytes),
          m_unclaimed_bytes(std::make_shared<std::atomic<std::size_t>>(0)) {}
    ProjectDesk(const ProjectDesk&) = delete;
    ProjectDesk& operator=(const ProjectDesk&) = delete;
    ~ProjectDesk() = default;

    /// Begins to get the page, unless that was begun before.
    void expect_page(const verify::ProjectName& project);
    /// @errors Faults of this machine. @cost Blocks until it is there.
    [[nodiscard]] PageAnswer page(const verify::ProjectName& project);

    /// Begins to get the metadata, unless that was begun before. Of more than most_unclaimed_bytes
    /// that nobody has taken, those that are there are dropped, and none is fetched meanwhile: it
    /// then waits for who takes it.
    void expect_metadata(const verify::PageFile& file);
    /// By the digest on the page; of a page that names none, out of the verified file itself: one
    /// that cannot be read is unusable, since its bytes are what the publisher signed for. Given up
    /// by the desk: asked for again, it is fetched again.
    /// @errors Faults of this machine. @cost As page().
    [[nodiscard]] MetadataAnswer take_metadata(const verify::PageFile& file);

  private:
    using Meter = std::shared_ptr<std::atomic<std::size_t>>;

    void drop_unclaimed();
    [[nodiscard]] MetadataAnswer ask_for_metadata(const verify::PageFile& file);

    FetchCrew& m_crew;
    std::filesystem::path m_folder;
    std::size_t m_most_unclaimed_bytes;
    Meter m_unclaimed_bytes;  ///< Shared with the crew's tasks.
    std::map<verify::ProjectName, std::shared_future<PageAnswer>> m_pages;
    /// By file name. No answer: it was not fetched, since too much lay unclaimed.
    std::map<std::string, std::shared_future<MetadataAnswer>> m_metadata;
};

}  // namespace heliograph::mirror
