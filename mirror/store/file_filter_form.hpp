// SPDX-License-Identifier: Apache-2.0
// A filter of files as the marker of a mirror keeps it.
//
//   {"locked":{NAME:[HEX...]},"locked-versions":{NAME:[TEXT...]},"specifiers":{NAME:[TEXT...]},
//    "file-type":"wheel"|"sdist","platforms":[PATTERN...],"python-tags":[PATTERN...],"most-bytes":N,"least-age-seconds":N,
//    "latest":N}                                              members that bind nothing are left
//    out
#pragma once

#include <mirror/store/file_filter.hpp>
#include <pki/base/json.hpp>

#include <string>

namespace heliograph::mirror {

/// @thread Safe. Equal filters give equal values.
[[nodiscard]] JsonObject json_of_file_filter(const FileFilter& filter);

/// @errors malformed (a member of another kind, a name, hash, specifier or pattern that is none, a
/// number out of range), too_large (file_filter_limits), unsupported (a member that this release
/// does not know: it would keep files that somebody wanted left out).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<FileFilter> parse_file_filter(const JsonValue& document);

/// Whether what was put together by hand is within the limits. @errors As parse_file_filter().
[[nodiscard]] Outcome check_file_filter(const FileFilter& filter);

/// The same for equal filters: empty for everything, else a digest.
[[nodiscard]] std::string mark_of(const FileFilter& filter);

}  // namespace heliograph::mirror
