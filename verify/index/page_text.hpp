// SPDX-License-Identifier: Apache-2.0
// Text rules that both forms of a page share. Private to this room.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify::page_text {

/// Whether the bytes are UTF-8 without surrogates, overlong forms and NUL. @source RFC 3629.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether free text may stand in a page: UTF-8 without control characters.
[[nodiscard]] bool is_plain(std::string_view text);

/// Free text as a page carries it: control characters become spaces, bytes that are no UTF-8 become
/// `?`.
[[nodiscard]] std::string plain(std::string_view text);

/// Escapes `& < > "` for HTML text and attributes.
[[nodiscard]] std::string escape_html(std::string_view text);

/// Checks a repository version: `1.x` of any x is read, as later minor versions only add.
/// @errors malformed, unsupported. @source PEP 629.
[[nodiscard]] Outcome check_repository_version(std::string_view text);

/// A serial in decimal digits without leading zeros.
/// @errors malformed.
[[nodiscard]] Result<Serial> parse_serial(std::string_view text);

/// One file as a form of the page describes it, still texts.
struct FileTexts {
    std::string name;
    std::string link;    ///< Without fragment.
    std::string sha256;  ///< Hexadecimal.
    std::optional<std::string> requires_python;
    std::optional<std::string> yanked;
    std::optional<std::string> core_metadata;  ///< Hexadecimal.
};

/// Turns texts into types and checks that they agree with each other and with the project.
/// @errors malformed, too_large, unsupported.
[[nodiscard]] Result<PageFile> make_page_file(const FileTexts& texts, const ProjectName& project);

/// Brings the files into page order.
/// @errors malformed (a name twice).
[[nodiscard]] Outcome sort_files(std::vector<PageFile>& files);

}  // namespace heliograph::verify::page_text
