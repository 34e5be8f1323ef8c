// SPDX-License-Identifier: Apache-2.0
// One project page as a value, whichever form it was read from. PEP 503, 592, 691, 700, 714, 740,
// 792.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/file_path.hpp>
#include <verify/index/page_form.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/project_status.hpp>
#include <verify/index/serial.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::verify {

/// One file of a project.
struct PageFile {
    DistFileName name;
    pki::Sha256 sha256;
    std::optional<std::uint64_t> size_bytes;  ///< Stated by JSON pages only (PEP 700).
    std::optional<Instant> upload_time;       ///< Stated by JSON pages only (PEP 700).
    std::optional<std::string> requires_python;
    std::optional<std::string>
        yanked;  ///< The reason, perhaps empty; none when not yanked (PEP 592).
    std::optional<pki::Sha256> core_metadata;  ///< Digest of `<file>.metadata` (PEP 658, 714).
    std::optional<pki::Sha256> provenance =
        std::nullopt;  ///< Digest of the provenance object (PEP 740).

    /// Where the file lies on every server.
    [[nodiscard]] FilePath path() const { return {sha256, name}; }

    friend bool operator==(const PageFile&, const PageFile&) = default;
};

/// All files of a project at one serial. Files are in the order of add_file(): by version, then by
/// name.
struct ProjectPage {
    ProjectName name;
    Serial serial;
    std::vector<PageFile> files;  ///< None when the project is quarantined.
    StatusMark mark = {};

    /// The file of this name, or nullptr. @cost Linear.
    [[nodiscard]] const PageFile* find(const DistFileName& file) const;

    /// The distinct versions of the files, ascending, in normalised form (PEP 700).
    /// @cost Linear.
    [[nodiscard]] std::vector<std::string> versions() const;

    friend bool operator==(const ProjectPage&, const ProjectPage&) = default;
};

/// Where the provenance object of a file lies on every server:
/// `/integrity/<project>/<version>/<file>/provenance`. @thread Safe. @source PEP 740.
[[nodiscard]] std::string provenance_place(const DistFileName& file);

enum class AddFile { added, replaced, same };

/// Puts a file at its place in the page: ascending by version, then by name. A file of the same
/// name is replaced.
/// @param file  Must be of the page's project (asserted).
/// @return      Whether it was new, replaced another description, or stood there already.
/// @thread Not on the same page at once. @cost Linear.
AddFile add_file(ProjectPage& page, PageFile file);

enum class RemoveFile { removed, absent };

/// Takes a file out of the page.
/// @thread Not on the same page at once. @cost Linear.
RemoveFile remove_file(ProjectPage& page, const DistFileName& file);

}  // namespace heliograph::verify
