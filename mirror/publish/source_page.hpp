// SPDX-License-Identifier: Apache-2.0
// Private: what the pages that mirroring tools keep beside their files say of these files. Strict
// about what is read, indifferent to the rest: each tool writes its own dialect.
#pragma once

#include <mirror/publish/stated_facts.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>

#include <map>
#include <optional>
#include <string_view>

namespace heliograph::mirror {

/// One file as its source describes it.
struct SourceFile {
    std::optional<pki::Sha256> sha256;  ///< None where the source states other digests only.
    StatedFacts facts;
};

/// By file name. Files of kinds that are not published here are left out.
using SourcePage = std::map<verify::DistFileName, SourceFile>;

/// Reads a JSON page of a project (PEP 691; `files`), or the older JSON document of the main index
/// (`releases`). Serials, URLs and versions are not looked at.
/// @param text  At most limits::page_bytes.
/// @errors malformed (neither of the two, a member of another kind, a name twice, a time that is
/// none), too_large (page, or the reason of a yank). @thread Safe. @cost n log n.
[[nodiscard]] Result<SourcePage> parse_source_page(std::string_view text);

/// Adds what another page of the same project says. Whatever one of them calls yanked is yanked;
/// the longer reason and the first time stay.
/// @errors conflict (another digest for the same file).
[[nodiscard]] Outcome merge_source_page(SourcePage& page, const SourcePage& other);

}  // namespace heliograph::mirror
