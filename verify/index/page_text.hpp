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

/// Checks free text that is to stand in a page. @errors malformed (control characters, no UTF-8),
/// too_large.
[[nodiscard]] Outcome check_free_text(
    std::string_view text, std::size_t limit_bytes, std::string_view what
);

/// Appends 64 lower-case hexadecimal digits.
void append_hex(std::string& out, const pki::Sha256& digest);

/// Appends the file's link as it stands on a page: FilePath::relative_to_page().
void append_link(std::string& out, const PageFile& file);

/// Appends the reference to the file's provenance object: its place relative to the page, with the
/// object's digest as fragment.
void append_provenance(std::string& out, const PageFile& file);

/// One file as a form of the page describes it, still texts.
struct FileTexts {
    std::string name;
    std::string link;    ///< Without fragment.
    std::string sha256;  ///< Hexadecimal.
    std::optional<std::string> requires_python;
    std::optional<std::string> yanked;
    std::optional<std::string> core_metadata;              ///< Hexadecimal.
    std::optional<std::string> provenance = std::nullopt;  ///< As append_provenance() writes it.
};

/// Turns texts into types and checks that they agree with each other and with the project.
/// @errors malformed, too_large, unsupported.
[[nodiscard]] Result<PageFile> make_page_file(const FileTexts& texts, const ProjectName& project);

/// The mark of a page from its texts; absent ones say `active`.
/// @errors malformed, too_large.
[[nodiscard]] Result<StatusMark> make_status_mark(
    const std::optional<std::string>& status, const std::optional<std::string>& reason
);

/// Checks what no single file shows: a quarantined project offers none.
/// @errors malformed.
[[nodiscard]] Outcome check_offer(const ProjectPage& page);

/// Brings the files into page order.
/// @errors malformed (a name twice).
[[nodiscard]] Outcome sort_files(std::vector<PageFile>& files);

}  // namespace heliograph::verify::page_text
