// SPDX-License-Identifier: Apache-2.0
// Which files of a project a mirror left out, as a document that goes along with a copy of it:
// heliograph-left-out-1. It is the mirror's own word, which nobody signs.
#pragma once

#include <mirror/store/file_filter.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// The reasons by file name, as the page spells it.
using LeftOutReasons = std::map<std::string, LeaveReason, std::less<>>;

/// @thread Safe. @cost Linear. Equal lists give equal bytes.
[[nodiscard]] std::string render_left_out_list(std::span<const LeftOutFile> files);

/// @param text  At most verify::limits::page_bytes: a page names all of these files.
/// @errors malformed (another format, an unknown reason, no JSON), too_large. @thread Safe.
[[nodiscard]] Result<LeftOutReasons> parse_left_out_list(std::string_view text);

}  // namespace heliograph::mirror
