// SPDX-License-Identifier: Apache-2.0
// The newest accepted page of each project with its evidence, for runs without a network. Nothing
// in it is believed: whoever takes a page from it judges it as if a mirror had given it.
#pragma once

#include <mirror/fetch/cache_folder.hpp>
#include <mirror/fetch/kept_page.hpp>
#include <pki/base/clock.hpp>
#include <verify/index/project_name.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace heliograph::mirror {

/// @thread Safe, and safe beside other processes with the same folder.
class PageCache {
  public:
    /// @param folder  Of one index: projects of another one may have the same names.
    PageCache(std::filesystem::path folder, std::uint64_t most_bytes)
        : m_folder(std::move(folder), most_bytes) {}

    struct Found {
        KeptPage page;
        Instant kept_at;  ///< When it came so last.
    };
    /// @return None when nothing sound is kept of it. @errors denied, io. @cost One read.
    [[nodiscard]] Result<std::optional<Found>> find(const verify::ProjectName& project);

    /// An accepted page, in place of what was kept. @cost One write, which nobody waits for on
    /// disk.
    void keep(const verify::ProjectName& project, const KeptPage& page);

    /// As FileCache.
    [[nodiscard]] CacheFolder& folder() { return m_folder; }

  private:
    [[nodiscard]] std::filesystem::path place_of(const verify::ProjectName& project) const;

    CacheFolder m_folder;
};

}  // namespace heliograph::mirror
