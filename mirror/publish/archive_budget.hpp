// SPDX-License-Identifier: Apache-2.0
// Private: what reading one archive has cost so far, against its caps (threat T16).
#pragma once

#include <mirror/publish/dist_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heliograph::mirror {

/// @errors too_large, naming what there is too much of.
[[nodiscard]] Error over_archive_limit(
    std::string_view what, std::uint64_t limit, std::string_view unit
);

class ArchiveBudget {
  public:
    /// @param limits      Must outlive the budget.
    /// @param file_bytes  Size of the archive: what it may unpack to grows with it.
    ArchiveBudget(const DistLimits& limits, std::uint64_t file_bytes);

    /// Pays for one entry. Called before its data is passed over: a stated size bounds what the
    /// library unpacks in doing so.
    /// @errors too_large.
    [[nodiscard]] Outcome take(std::string_view path, std::uint64_t size_bytes);

  private:
    [[nodiscard]] Error too_much_content(std::string_view path, std::uint64_t size_bytes) const;

    const DistLimits& m_limits;
    std::uint64_t m_file_bytes;
    std::uint64_t m_most_bytes;
    std::uint64_t m_unpacked_bytes = 0;
    std::size_t m_entries = 0;
};

}  // namespace heliograph::mirror
