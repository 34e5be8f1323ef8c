// SPDX-License-Identifier: Apache-2.0
// Private: an archive opened as the one format that its file name promises.
#pragma once

#include <mirror/publish/archive_handle.hpp>
#include <pki/base/result.hpp>
#include <verify/index/file_name.hpp>

namespace heliograph::mirror {

/// Whether the name promises a tar file, else it is a zip file.
[[nodiscard]] bool is_tar(const verify::DistFileName& name);

/// From the first byte, nothing read yet.
/// @param descriptor  A regular file, readable; its offset is moved.
/// @errors malformed (no such archive), io, internal. @thread Safe.
[[nodiscard]] Result<ArchiveReader> open_archive(int descriptor, const verify::DistFileName& name);

}  // namespace heliograph::mirror
