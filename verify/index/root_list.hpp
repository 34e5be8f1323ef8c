// SPDX-License-Identifier: Apache-2.0
// The list of all projects, `/simple/`, in both forms. PEP 503, 691.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>

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

/// @thread Safe. @cost Linear. @source PEP 503.
[[nodiscard]] std::string render_root_html(const RootList& list);

/// @thread Safe. @cost Linear. @source PEP 691; `_last-serial` as the main index has it.
[[nodiscard]] std::string render_root_json(const RootList& list);

/// @param text  At most limits::root_list_bytes and limits::root_projects projects; names ascending
/// and normalised.
/// @errors malformed, too_large, unsupported (another major version).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<RootList> parse_root_json(std::string_view text);

}  // namespace heliograph::verify
