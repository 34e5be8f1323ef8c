// SPDX-License-Identifier: Apache-2.0
// A User-Agent field reduced to what statistics keep of it: the first product, `pip/23.0.1`.
#pragma once

#include <string_view>

namespace heliograph::mirror {

inline constexpr std::string_view other_agent = "other";  ///< What has no sound name.
inline constexpr std::size_t agent_name_bytes = 64;       ///< Longest name with version.

/// @return A part of @p field, or other_agent: letters, digits and `._+-`, with at most one slash
/// before the version. The rest of the field, which may tell of a person, is forgotten.
/// @thread Safe. @cost One pass over the first word. @source RFC 9110 section 10.1.5.
[[nodiscard]] std::string_view agent_name(std::string_view field);

/// Whether @p name could have come from agent_name(). @thread Safe.
[[nodiscard]] bool is_agent_name(std::string_view name);

}  // namespace heliograph::mirror
