// SPDX-License-Identifier: Apache-2.0
// Reads the core metadata text out of a wheel or an sdist, under caps and without ever extracting
// anything (threat T16).
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/core_metadata.hpp>
#include <verify/index/file_name.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace heliograph::mirror {

/// What an archive may cost to read. The defaults are the ones of the main index where it has one.
struct DistLimits {
    std::size_t entries = 200'000;                 ///< Most entries looked at.
    std::size_t path_bytes = 1024;                 ///< Longest entry path.
    std::uint64_t unpacked_bytes = 4ULL << 30;     ///< Most bytes all entries may unpack to.
    std::uint64_t ratio_free_bytes = 64ULL << 20;  ///< Below this the ratio does not matter.
    std::uint64_t ratio = 50;  ///< Most unpacked bytes for each byte of the file.
};

/// The core metadata of one distribution.
struct DistMetadata {
    std::string text;               ///< METADATA or PKG-INFO, byte for byte.
    verify::CoreMetadata metadata;  ///< The same, parsed.
};

/// Reads the metadata of the archive behind an open descriptor, from its first byte.
/// A wheel gives `<name>-<version>.dist-info/METADATA`, an sdist `<name>-<version>/PKG-INFO`; the
/// folder's name is compared in normalised form. Name and version inside must be those of the file
/// name.
/// @param descriptor  A regular file, readable; its offset is moved.
/// @param name        The file name it is published under; decides the kind of archive.
/// Every member is unpacked in memory, piece by piece, and must have the size that it states; a
/// wheel's RECORD must list exactly its members, with their digests.
/// @errors malformed (damaged or truncated archive, no metadata member or two, a member that is
/// there twice, a device or encrypted, a link in a wheel or one that leads outside, paths that are
/// absolute or climb, a RECORD that disagrees with the content, other name or version than the
/// file's, text that does not parse), too_large (a cap was crossed; the message names it and the
/// member), io.
/// @thread Safe. @cost Decompression of the whole, and of a wheel the digests that RECORD names.
/// @source Binary distribution format specification; PEP 643; PEP 625.
[[nodiscard]] Result<DistMetadata> read_dist_metadata(
    int descriptor, const verify::DistFileName& name, const DistLimits& limits = {}
);

}  // namespace heliograph::mirror
