// SPDX-License-Identifier: Apache-2.0
// Private: what paths inside an archive mean to whoever unpacks it (threats T15, T16).
#pragma once

#include <string>
#include <string_view>

namespace heliograph::mirror::member_path {

/// Whether a path leaves the folder that it is joined to, on any system; an empty one does.
[[nodiscard]] bool climbs(std::string_view path);

/// Whether a symbolic link at @p path with this target leads out of the archive's folder, or could
/// by way of another link: `..` stands at the start of a target or nowhere.
[[nodiscard]] bool leads_outside(std::string_view path, std::string_view target);

[[nodiscard]] bool has_control_character(std::string_view path);

/// The one spelling of a path: `./a//b/` and `a/b` are the same member to whoever unpacks them.
[[nodiscard]] std::string plain(std::string_view path);

}  // namespace heliograph::mirror::member_path
