// SPDX-License-Identifier: Apache-2.0
// A file without a name, for what is too large for memory and must not outlive the program.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>

namespace heliograph::mirror {

/// @param folder  Of the file system that holds it; the file is its owner's only.
/// @errors io, denied, not_found. @thread Safe.
[[nodiscard]] Result<FileDescriptor> open_nameless_file(const std::filesystem::path& folder);

/// Writes all of them at this offset.
/// @errors io (no space left among them). @thread Safe for parts that do not overlap.
[[nodiscard]] Outcome write_at(
    const FileDescriptor& file, ByteSpan bytes, std::uint64_t offset_bytes
);

/// @errors io (also: the file ends before). @thread Safe for parts that nobody writes.
[[nodiscard]] Result<Bytes> read_at(
    const FileDescriptor& file, std::uint64_t offset_bytes, std::uint64_t size_bytes
);

}  // namespace heliograph::mirror
