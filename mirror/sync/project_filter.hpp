// SPDX-License-Identifier: Apache-2.0
// Which projects a mirror has: all that its upstream has, or those that were asked for.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_name.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

namespace project_filter_limits {
inline constexpr std::uint64_t list_bytes = 16 * 1024 * 1024;  ///< Of a list of names.
inline constexpr std::size_t projects = 100'000;
}  // namespace project_filter_limits

/// @thread Safe, a value.
class ProjectFilter {
  public:
    /// Everything.
    ProjectFilter() = default;
    /// These and no others. @param projects  In any order; each counts once.
    explicit ProjectFilter(std::vector<verify::ProjectName> projects);

    [[nodiscard]] bool is_everything() const { return !m_projects; }
    /// @cost Logarithmic.
    [[nodiscard]] bool wants(const verify::ProjectName& project) const;

    /// Those that are wanted, ascending; not of everything (asserted). @cost None.
    [[nodiscard]] const std::vector<verify::ProjectName>& names() const;

    /// The same for equal filters: empty for everything, else a digest.
    [[nodiscard]] std::string mark() const;

  private:
    std::optional<std::vector<verify::ProjectName>> m_projects;  ///< Ascending, each once.
};

/// Reads a list of names as people keep it: one a line, in any spelling; blank lines, and what
/// follows `#`, do not count.
/// @param text  At most project_filter_limits::list_bytes.
/// @return  Ascending, each once.
/// @errors malformed (a line is no name: told; no name at all), too_large.
/// @thread Safe. @cost n log n.
[[nodiscard]] Result<std::vector<verify::ProjectName>> parse_project_list(std::string_view text);

}  // namespace heliograph::mirror
