// SPDX-License-Identifier: Apache-2.0
// The older JSON document of a project, `/pypi/<project>/json`: no standard, but what mirroring and
// audit tools of the main index read.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::verify {

/// Of the project with all its releases, or of one release alone.
enum class LegacyScope { project, release };

/// The file whose metadata speak for the document: of this version, or else of the newest release
/// that is neither yanked nor a pre-release, or of the newest one; a wheel before a source archive.
/// @return nullptr when the page offers no such file. @thread Safe. @cost Linear.
[[nodiscard]] const PageFile* legacy_subject(
    const ProjectPage& page, const std::optional<Version>& version
);

/// Writes the document. Digests are SHA-256 alone; file URLs begin at the root of the server, so
/// that the document is the same on every mirror.
/// @param subject   A file of the page.
/// @param metadata  Its core metadata text; empty when there is none.
/// @errors too_large (the metadata text). @thread Safe. @cost Linear.
/// @source The main index's JSON API, "Get a project", as of 2026.
[[nodiscard]] Result<std::string> render_legacy_json(
    const ProjectPage& page, const PageFile& subject, std::string_view metadata, LegacyScope scope
);

}  // namespace heliograph::verify
