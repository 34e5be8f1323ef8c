// SPDX-License-Identifier: Apache-2.0
// The query of `/changelog?since=N&limit=M&wait=SECONDS`. Private to this room.
#pragma once

#include <mirror/journal/changelog.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace heliograph::mirror {

struct ChangelogQuery {
    verify::Serial since;
    std::size_t most = changelog_limits::events;
    std::chrono::seconds wait{0};
};

/// @return None when a value is out of its range: limit 1 and up, wait 0 to 30.
[[nodiscard]] std::optional<ChangelogQuery> parse_changelog_query(std::string_view query);

}  // namespace heliograph::mirror
