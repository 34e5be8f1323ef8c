// SPDX-License-Identifier: Apache-2.0
// What both forms of a foreign page have in common once their texts are read. Private to this room.
#pragma once

#include <verify/index/foreign_page.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::verify::foreign_text {

/// One file as a form of the page describes it, still texts.
struct FileTexts {
    std::string name;
    std::string url;
    std::optional<std::string> sha256;
    std::optional<std::string> requires_python;
    std::optional<std::string> yanked;
    std::optional<std::string> core_metadata;  ///< Hexadecimal.
};

/// Puts a file onto the page, or its name among those that are left out. Sizes and times are set by
/// the caller on what is returned.
/// @return  Null when it was left out. Valid until the next file is put.
/// @errors malformed (a digest that is none), too_large (a reason, or too many files).
[[nodiscard]] Result<ForeignFile*> put_file(
    ForeignPage& page, const ProjectName& project, const FileTexts& texts
);

/// The mark from its texts, made plain. @errors malformed (no such status).
[[nodiscard]] Result<StatusMark> make_mark(
    const std::optional<std::string>& status, const std::optional<std::string>& reason
);

/// Order, and what no single file shows. A quarantined project's files are dropped: none may be
/// offered (PEP 792).
/// @errors malformed (a file twice).
[[nodiscard]] Outcome finish(ForeignPage& page);

/// Puts a line onto the list unless its text cannot be a name.
/// @errors too_large (more than limits::root_projects).
[[nodiscard]] Outcome put_entry(
    ForeignList& list, std::string_view name, std::optional<Serial> serial
);

/// Order; of two spellings of one name the higher serial stays.
void finish(ForeignList& list);

[[nodiscard]] Result<ForeignPage> parse_page_html(
    const ProjectName& project, std::string_view text
);
[[nodiscard]] Result<ForeignList> parse_list_html(std::string_view text);

}  // namespace heliograph::verify::foreign_text
