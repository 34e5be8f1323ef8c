// SPDX-License-Identifier: Apache-2.0
// Project names: the one place where a name from outside becomes a type. PEP 503, PEP 508.
#pragma once

#include <pki/base/result.hpp>

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace heliograph::verify {

/// A project name in its normalised form: lower-case ASCII letters, digits and single dashes,
/// letter or digit at both ends. It holds no separator, dot or control character, so it may be used
/// in a URL path; file names on disk are never made from it.
/// @thread Safe, a value.
class ProjectName {
  public:
    /// The normalised form: `zope-interface` for `Zope.Interface`.
    [[nodiscard]] const std::string& text() const { return m_text; }

    friend bool operator==(const ProjectName&, const ProjectName&) = default;
    friend auto operator<=>(const ProjectName&, const ProjectName&) = default;

  private:
    friend Result<ProjectName> parse_project_name(std::string_view text);
    explicit ProjectName(std::string text) : m_text(std::move(text)) {}

    std::string m_text;
};

/// Reads any spelling of a project name and normalises it.
/// @param text  1 .. limits::project_name_chars characters of `A-Z a-z 0-9 . - _`, letter or digit
/// at both ends.
/// @errors malformed (empty, other characters, separator at an end), too_large.
/// @thread Safe. @cost One pass.
/// @source PEP 508, "Names"; PEP 503, "Normalized Names".
[[nodiscard]] Result<ProjectName> parse_project_name(std::string_view text);

/// Reads a name that must already be normalised, as it stands in pages and in our own URLs.
/// @errors malformed (also when another spelling is given), too_large.
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<ProjectName> parse_normalised_name(std::string_view text);

}  // namespace heliograph::verify

template <>
struct std::hash<heliograph::verify::ProjectName> {
    std::size_t operator()(const heliograph::verify::ProjectName& name) const noexcept {
        return std::hash<std::string>{}(name.text());
    }
};
