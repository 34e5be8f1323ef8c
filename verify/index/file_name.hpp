// SPDX-License-Identifier: Apache-2.0
// Names of distribution files: wheels (PEP 427, PEP 425) and source archives (PEP 625). The one
// place where a file name from outside becomes a type.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/version.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

enum class FileKind { wheel, sdist };

/// One compatibility tag of a wheel: `py3-none-any`.
struct WheelTag {
    std::string python;
    std::string abi;
    std::string platform;

    friend bool operator==(const WheelTag&, const WheelTag&) = default;
};

/// The name of a wheel or a source archive. Its text holds only `A-Z a-z 0-9 . _ - + !`, begins
/// with a letter or digit, is at most limits::file_name_bytes long and is no device name of any
/// system: it may be joined to a folder.
/// @thread Safe, a value.
class DistFileName {
  public:
    /// The name exactly as given.
    [[nodiscard]] const std::string& text() const { return m_text; }
    [[nodiscard]] FileKind kind() const { return m_kind; }
    [[nodiscard]] const ProjectName& project() const { return m_project; }
    [[nodiscard]] const Version& version() const { return m_version; }

    /// The build number of a wheel as written (`1`, `2local`); empty when there is none.
    [[nodiscard]] const std::string& build() const { return m_build; }

    /// All tags of a wheel, compressed sets expanded; empty for a source archive.
    [[nodiscard]] const std::vector<WheelTag>& tags() const { return m_tags; }

    friend bool operator==(const DistFileName& left, const DistFileName& right) {
        return left.m_text == right.m_text;
    }
    friend auto operator<=>(const DistFileName& left, const DistFileName& right) {
        return left.m_text <=> right.m_text;
    }

  private:
    friend Result<DistFileName> parse_dist_file_name(std::string_view text);
    DistFileName(std::string text, FileKind kind, ProjectName project, Version version);

    std::string m_text;
    FileKind m_kind;
    ProjectName m_project;
    Version m_version;
    std::string m_build;
    std::vector<WheelTag> m_tags;
};

/// Reads the name of a `.whl`, `.tar.gz` or `.zip` file.
/// @param text  1 .. limits::file_name_bytes bytes; no folder part, no device name, nothing outside
/// the character set above.
/// @errors malformed, too_large (the name, or more than limits::wheel_tags tags), unsupported
/// (another ending).
/// @thread Safe. @cost One pass, and the number of tags.
/// @source PEP 427, "File name convention"; PEP 425, "Compressed Tag Sets"; PEP 625.
[[nodiscard]] Result<DistFileName> parse_dist_file_name(std::string_view text);

}  // namespace heliograph::verify
