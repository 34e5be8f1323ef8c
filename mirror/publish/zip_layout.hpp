// SPDX-License-Identifier: Apache-2.0
// How a zip archive lies on the disk. A zip says everything twice, before each member and in its
// directory at the end; readers differ in which they believe, so that one file can be two archives.
// Here both must say the same. Unpacking stays with libarchive.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <cstdint>

namespace heliograph::mirror {

/// What a directory may cost to read.
struct ZipLayoutLimits {
    std::size_t entries = 200'000;
    std::uint64_t directory_bytes = 64ULL << 20;
};

/// Checks that there is one directory, at the very end; that each member lies before it where the
/// directory says, under the same name, method, encryption, sizes and checksum (which may stand
/// behind the data); that members follow one another from the first byte to the directory; that no
/// two have one name; and that name and attributes agree on what is a file and what a folder. Zip64
/// is taken for sizes before a member alone that fit without it, as Python's zipfile writes them
/// with force_zip64; a second spelling of a name, of its attributes or of its sizes is not.
/// @param descriptor  A regular file, readable; its offset is not moved.
/// @errors malformed (any of it does not hold), too_large (a limit was crossed), io.
/// @thread Safe. @cost Reads the directory, and some bytes at each member.
/// @source APPNOTE.TXT 6.3.9, sections 4.3.7, 4.3.9, 4.3.12 and 4.3.16.
[[nodiscard]] Outcome check_zip_layout(
    int descriptor, std::uint64_t file_bytes, const ZipLayoutLimits& limits = {}
);

}  // namespace heliograph::mirror
