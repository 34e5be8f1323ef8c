// SPDX-License-Identifier: Apache-2.0
// The newest accepted page of each project with its evidence, for runs without a network. Nothing
// in it is believed: whoever takes a page from it judges it as if a mirror had given it.
#pragma once

#include <mirror/fetch/cache_folder.hpp>
#include <mirror/fetch/kept_page.hpp>
#include <pki/base/clock.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/project_name.hpp>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// @thread Safe, and safe beside other processes with the same folder.
class PageCache {
  public:
    /// @param folder, most_bytes  Those of a CacheFolder.
    /// @param authorities         Whose index it is (verify::authority_ids(), at least one):
    /// projects of another one may have the same names. While its root changes there are two, and
    /// each finds what was kept under the other.
    PageCache(
        std::filesystem::path folder, std::uint64_t most_bytes, std::vector<pki::Sha256> authorities
    )
        : m_folder(std::move(folder), most_bytes), m_authorities(std::move(authorities)) {
        HG_ASSERT(!m_authorities.empty());
    }

    struct Found {
        KeptPage page;
        Instant kept_at;  ///< When it came so last.
    };
    /// The newest of what is kept of it. @return None when nothing sound is.
    /// @errors denied, io. @cost A read for each authority.
    [[nodiscard]] Result<std::optional<Found>> find(const verify::ProjectName& project);

    /// An accepted page, in place of one that is no newer, and the revocation lists that came
    /// along.
    /// @cost A read and a write, which nobody waits for on disk.
    void keep(const verify::ProjectName& project, const KeptPage& page);

    /// The revocation lists that came with any page of this index, the newest first: what one
    /// mirror told of a signer holds for pages of all. @return None when there are none. @errors
    /// denied, io.
    [[nodiscard]] Result<std::optional<Bytes>> lists();

    /// As FileCache.
    [[nodiscard]] CacheFolder& folder() { return m_folder; }

  private:
    /// Of a project, or of the lists.
    [[nodiscard]] std::filesystem::path place_of(
        const pki::Sha256& authority, std::string_view name
    ) const;
    [[nodiscard]] Result<std::optional<Found>> find_at(const std::filesystem::path& path) const;
    [[nodiscard]] Outcome try_keep(const verify::ProjectName& project, const KeptPage& page);
    [[nodiscard]] Outcome keep_lists(ByteSpan lists);

    CacheFolder m_folder;
    std::vector<pki::Sha256> m_authorities;
    std::mutex m_mutex;
    std::optional<pki::Sha256> m_lists_kept;  ///< The digest of the last that came.
};

}  // namespace heliograph::mirror
