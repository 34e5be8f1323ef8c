// SPDX-License-Identifier: Apache-2.0
// Pages and lists of an index that is not ours and signs nothing, read for what a mirror needs of
// them: strict about what is taken, indifferent to the rest, since each server writes a dialect of
// its own. PEP 503, 592, 629, 658, 691, 700, 714, 792.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/page_form.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/project_status.hpp>
#include <verify/index/serial.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

/// Most values and member names in the JSON of an index that is not ours: each takes up to 80 bytes
/// of memory, so half a gigabyte at most. A list has 3 to 5 a project: 1.2 million projects at
/// least.
inline constexpr std::size_t foreign_values = 6'000'000;

/// Those that a text of so many bytes may have: an honest one has no more than one in 4 bytes, so
/// that no text costs more than twenty times its size.
[[nodiscard]] constexpr std::size_t foreign_values_in(std::size_t text_bytes) {
    constexpr std::size_t few = 1000;
    const std::size_t fitting = few + text_bytes / 4;
    return fitting < foreign_values ? fitting : foreign_values;
}

/// One file as the page describes it. Of its hashes only SHA-256 counts, by which files lie here.
struct ForeignFile {
    DistFileName name;
    std::string url;  ///< As it stands there, relative perhaps, without fragment.
    std::optional<pki::Sha256> sha256;
    std::optional<std::uint64_t> size_bytes = std::nullopt;
    std::optional<Instant> upload_time = std::nullopt;
    std::optional<std::string> requires_python = std::nullopt;
    std::optional<std::string> yanked = std::nullopt;  ///< The reason, perhaps empty.
    std::optional<pki::Sha256> core_metadata =
        std::nullopt;  ///< None also where only their presence is stated.
};

/// All that a page says of its project.
struct ForeignPage {
    std::optional<Serial> serial;
    StatusMark mark;
    std::vector<ForeignFile> files;     ///< Ascending by version, then by name; each once.
    std::vector<std::string> left_out;  ///< File names of a kind, or of a project, that is no
                                        ///< distribution of this one: eggs, installers.
};

/// One line of a list.
struct ForeignEntry {
    ProjectName name;
    std::optional<Serial> serial;  ///< Of the project's own last change.
};

struct ForeignList {
    std::optional<Serial> serial;        ///< Of the whole index.
    std::vector<ForeignEntry> projects;  ///< Ascending by name, each once: two spellings are one.
};

/// @param project  Whose page was asked for. A page that names another is refused.
/// @param text  At most limits::page_bytes and limits::page_files files; JSON of at most
/// foreign_values_in() values, six deep; HTML within the bounds of
/// guard_html().
/// @errors malformed (also: a file twice, a member of another kind, a digest that is none),
/// too_large, unsupported (another major version).
/// @thread Safe. @cost n log n.
[[nodiscard]] Result<ForeignPage> parse_foreign_page(
    const ProjectName& project, std::string_view text, PageForm form
);

/// @param text  At most limits::root_list_bytes and limits::root_projects projects, JSON of at most
/// foreign_values_in() values, six deep; HTML no more
/// than a page may have. What cannot be a project's name is passed over.
/// @errors As above. @thread Safe. @cost n log n.
[[nodiscard]] Result<ForeignList> parse_foreign_list(std::string_view text, PageForm form);

}  // namespace heliograph::verify
