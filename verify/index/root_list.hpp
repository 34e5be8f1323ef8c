// SPDX-License-Identifier: Apache-2.0
// The list of all projects, `/simple/`, in both forms. PEP 503, 691.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/page_form.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

struct RootEntry {
    ProjectName name;
    Serial serial;  ///< The project's own last change.

    friend bool operator==(const RootEntry&, const RootEntry&) = default;
};

/// All projects, ascending by name, at one serial of the whole index.
struct RootList {
    Serial serial;
    std::vector<RootEntry> projects;

    friend bool operator==(const RootList&, const RootList&) = default;
};

/// The names of a list, in its order. @thread Safe. @cost Linear.
[[nodiscard]] std::vector<ProjectName> names_of(RootList list);

/// The bytes of one form of the list. @thread Safe. @cost Linear.
/// @source PEP 503; PEP 691, with `_last-serial` as the main index has it.
[[nodiscard]] std::string render_root(const RootList& list, PageForm form);

/// The part of the list that holds these entries, so that a change of one entry costs its part and
/// not the list. @thread Safe. @cost Linear.
[[nodiscard]] std::string render_root_part(std::span<const RootEntry> entries, PageForm form);

/// The whole from its parts in order: the same bytes as render_root() of all entries.
/// @param parts  None of them empty. @thread Safe. @cost A copy.
[[nodiscard]] std::string join_root(
    Serial serial, PageForm form, const std::vector<std::string_view>& parts
);

/// @param text  At most limits::root_list_bytes and limits::root_projects projects; names ascending
/// and normalised.
/// @errors malformed, too_large, unsupported (another major version).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<RootList> parse_root_json(std::string_view text);

}  // namespace heliograph::verify
