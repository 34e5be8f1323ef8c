// SPDX-License-Identifier: Apache-2.0
// Private: the rules by which a file comes to stand on its project's page.
#pragma once

#include <mirror/publish/metadata_review.hpp>
#include <mirror/publish/page_writer.hpp>
#include <mirror/publish/publisher.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// Puts files on the pages of one transaction.
/// @thread One.
class FileAdder {
  public:
    /// All must outlive it.
    struct Parts {
        const Publisher::Parts& publisher;
        CatalogTransaction& transaction;
        PageWriter& writer;
        Instant now;
        const FactsOf& facts;  ///< Empty: nothing is stated elsewhere of these files.
    };

    explicit FileAdder(const Parts& parts)
        : m_parts(parts),
          m_review({parts.publisher.catalog, parts.publisher.blobs, parts.transaction}) {}

    /// A page keeps a name and its content for ever: the same again changes nothing.
    /// @errors exists (other content under this name, another spelling of it where nothing is
    /// stated of the file, or a name that a removed file with other content had, in any spelling),
    /// refused (the project takes none), io. @cost Linear in the page's files; the removed names
    /// of a project are read once for neighbouring files.
    [[nodiscard]] Result<AddedFile> add(const IntakeFile& file);

  private:
    [[nodiscard]] Outcome check_removed(const FileRecord& given);
    [[nodiscard]] Result<AddedFile> stay(verify::ProjectPage& page, const IntakeFile& file);

    Parts m_parts;
    MetadataReview m_review;
    /// Of the last project that was asked for.
    std::optional<std::pair<verify::ProjectName, std::vector<verify::FilePath>>> m_removed;
};

}  // namespace heliograph::mirror
