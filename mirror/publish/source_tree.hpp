// SPDX-License-Identifier: Apache-2.0
// Private: a folder that is imported, and what its own pages say of its files.
#pragma once

#include <mirror/publish/source_page.hpp>
#include <mirror/store/record.hpp>

#include <filesystem>
#include <optional>
#include <utility>

namespace heliograph::mirror {

/// @thread One.
class SourceTree {
  public:
    /// A bandersnatch folder is known by `packages` and `simple`, in `web` or in itself; any other
    /// is taken as it is and says nothing of its files.
    explicit SourceTree(const std::filesystem::path& tree);

    /// Where the files lie.
    [[nodiscard]] const std::filesystem::path& packages() const { return m_packages; }

    /// What the pages of the file's project say of it; none where the folder has no JSON page.
    /// @param file  As it was read: its content must be the one that the pages speak of.
    /// @errors refused (other content, or a file that the pages do not list, or whose project has
    /// none while others have: it was removed where the folder comes from), malformed and too_large
    /// (a page), io.
    /// @cost The pages are read once for neighbouring files of a project. A folder without any is
    /// looked through once.
    [[nodiscard]] Result<std::optional<StatedFacts>> facts_of(const FileRecord& file);

  private:
    [[nodiscard]] Result<std::optional<SourcePage>> read_pages(const verify::ProjectName& project
    ) const;

    [[nodiscard]] bool has_pages();

    std::filesystem::path m_packages;
    std::optional<std::filesystem::path> m_web;
    std::optional<std::pair<verify::ProjectName, Result<std::optional<SourcePage>>>> m_last;
    std::optional<bool> m_has_pages;  // None: nobody needed to know.
};

}  // namespace heliograph::mirror
