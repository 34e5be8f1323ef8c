// SPDX-License-Identifier: Apache-2.0
// Private: what one entry of an archive may be, before its content is read (threats T15, T16).
#pragma once

#include <mirror/publish/archive_handle.hpp>
#include <pki/base/result.hpp>
#include <verify/index/file_name.hpp>

#include <string>
#include <string_view>

namespace heliograph::mirror {

/// The path as the archive spells it. @errors malformed (unreadable).
[[nodiscard]] Result<std::string> entry_path(archive_entry* entry);

/// Checks path and type: no reader of ours extracts, but those who install the file do.
/// @errors malformed (leaves the archive, a device, encrypted).
[[nodiscard]] Outcome check_entry(archive_entry* entry, std::string_view path);

/// Checks where a link leads; of what is none, nothing. @errors malformed.
[[nodiscard]] Outcome check_entry_link(
    archive_entry* entry, std::string_view path, verify::FileKind kind
);

}  // namespace heliograph::mirror
