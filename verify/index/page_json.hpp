// SPDX-License-Identifier: Apache-2.0
// The JSON form of a project page. PEP 691, 700, 714, 740, 792.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>

#include <string>
#include <string_view>

namespace heliograph::verify {

/// Writes the page; the same page always gives the same bytes. The key `dist-info-metadata` is
/// never written, since some deployed installers stop on it.
/// @param page  Without files when it is quarantined (asserted).
/// @thread Safe. @cost Linear.
/// @source PEP 691; PEP 700 (versions, size, upload-time); PEP 714 (core-metadata); PEP 740
/// (provenance); PEP 792 (project-status).
[[nodiscard]] std::string render_page_json(const ProjectPage& page);

/// Reads a page. Unknown keys are skipped, as the standard says; known keys must have their types.
/// @param text  At most limits::page_bytes and limits::page_files files; every file with a sha256
/// and its own place as URL.
/// @errors malformed (also: duplicate keys, a file of another project, a name twice, no serial),
/// too_large,
///         unsupported (another major version).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<ProjectPage> parse_page_json(std::string_view text);

/// One of the two, by form.
[[nodiscard]] std::string render_page(const ProjectPage& page, PageForm form);
[[nodiscard]] Result<ProjectPage> parse_page(std::string_view text, PageForm form);

}  // namespace heliograph::verify
