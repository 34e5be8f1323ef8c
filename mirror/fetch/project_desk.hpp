// SPDX-License-Identifier: Apache-2.0
// Verified pages and metadata for whoever resolves dependencies: asked for ahead, side by
// side; an answer is there when its thread has told the crew what it learnt.
#pragma once

#include <mirror/fetch/fetch_crew.hpp>
#include <mirror/fetch/version_metadata.hpp>

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
};
using MetadataAnswer = Result<std::shared_ptr<const MetadataOutcome>>;

/// @thread One thread at a time. The crew must demand page signatures (asserted by its sessions).
class ProjectDesk {
  public:
    /// @param crew    Asks the mirrors. Outlives the desk.
    /// @param folder  Outlives the crew's tasks. For files whose page names no metadata: they are
    /// fetched there to be read.
    ProjectDesk(FetchCrew& crew, std::filesystem::path folder)
        : m_crew(crew), m_folder(std::move(folder)) {}
    ProjectDesk(const ProjectDesk&) = delete;
    ProjectDesk& operator=(const ProjectDesk&) = delete;
    ~ProjectDesk() = default;

    /// Begins to get the page, unless that was begun before.
    void expect_page(const verify::ProjectName& project);
    /// @errors Faults of this machine. @cost Blocks until it is there.
    [[nodiscard]] PageAnswer page(const verify::ProjectName& project);

    /// Begins to get the metadata, unless that was begun before.
    void expect_metadata(const verify::PageFile& file);
    /// By the digest on the page; of a page that names none, out of the verified file itself: one
    /// that cannot be read is unusable, since its bytes are what the publisher signed for. Given up
    /// by the desk: asked for again, it is fetched again.
    /// @errors Faults of this machine. @cost As page().
    [[nodiscard]] MetadataAnswer take_metadata(const verify::PageFile& file);

  private:
    FetchCrew& m_crew;
    std::filesystem::path m_folder;
    std::map<verify::ProjectName, std::shared_future<PageAnswer>> m_pages;
    std::map<std::string, std::shared_future<MetadataAnswer>> m_metadata;  ///< By file name.
};

}  // namespace heliograph::mirror
