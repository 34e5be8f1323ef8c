// SPDX-License-Identifier: Apache-2.0
// The HTML form of a project page. PEP 503, 592, 629, 658, 714, 740, 792.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>

#include <string>
#include <string_view>

namespace heliograph::verify {

/// Writes the page; the same page always gives the same bytes. Sizes and upload times have no place
/// in this form.
/// @param page  Without files when it is quarantined (asserted).
/// @thread Safe. @cost Linear.
/// @source PEP 503; PEP 629 (version meta); PEP 658 and 714 (only data-core-metadata, for the sake
/// of older clients); PEP 740 (data-provenance, relative so that a mirror's copy is asked); PEP
/// 792.
[[nodiscard]] std::string render_page_html(const ProjectPage& page);

/// Reads a page as our masters write it: one `<a>` per file with href and `#sha256=`, the meta
/// elements `pypi:repository-version` 1.x and `heliograph:project`, and `<!--SERIAL n-->` as the
/// last thing.
/// @param text  UTF-8, at most limits::page_bytes and limits::page_files files; elements nested
/// properly.
/// @errors malformed (also: a file of another project, a link that is not the file's own place, a
/// name twice),
///         too_large, unsupported (another major version).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<ProjectPage> parse_page_html(std::string_view text);

/// The same for whoever has read the page's JSON form: text that render_page_html() writes of it
/// says what it says, and needs no parser.
/// @param json  As parse_page_json() gave it. It changes the cost, never the answer.
/// @cost Several times less when the text is the page's; else both.
[[nodiscard]] Result<ProjectPage> parse_page_html(std::string_view text, const ProjectPage& json);

}  // namespace heliograph::verify
