// SPDX-License-Identifier: Apache-2.0
// What the last whole round of a check in the background came to: `scrub.json` of the folder.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// One round, from its beginning to its end.
struct ScrubNote {
    Instant began;
    Instant ended;
    std::uint64_t projects = 0;
    std::uint64_t stored_files = 0;
    std::uint64_t bytes = 0;
    std::vector<std::string> damaged = {};  ///< Projects; at most most_named of them.
    std::uint64_t damaged_projects = 0;     ///< All of them, counted.
    std::uint64_t unsettled_projects = 0;   ///< Changed during every look: neither is known.

    static constexpr std::size_t most_named = 100;

    friend bool operator==(const ScrubNote&, const ScrubNote&) = default;
};

/// @errors io, denied. @thread Safe. @cost One file written and synced.
[[nodiscard]] Outcome save_scrub_note(const std::filesystem::path& place, const ScrubNote& note);

/// @return None where there is none, or what is there is none.
/// @errors io, denied. @thread Safe. @cost One small file.
[[nodiscard]] Result<std::optional<ScrubNote>> load_scrub_note(const std::filesystem::path& place);

}  // namespace heliograph::mirror
