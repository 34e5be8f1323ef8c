// SPDX-License-Identifier: Apache-2.0
// What the catalogue holds of pages and files.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_path.hpp>
#include <verify/index/project_status.hpp>
#include <verify/index/serial.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// One page exactly as it is served, with the detached signature over these bytes.
struct StoredPage {
    Bytes body;
    pki::Sha256 digest;  ///< Of the body; quoted, it is the ETag.
    Bytes signature;     ///< DER, ECDSA over SHA-256.
    verify::Serial serial;
    verify::ProjectStatus status = verify::ProjectStatus::active;  ///< As the page says.
};

/// A document about a file, kept as a blob like the file: core metadata text, provenance object.
struct MetadataRecord {
    pki::Sha256 digest;
    std::uint64_t size_bytes = 0;

    friend bool operator==(const MetadataRecord&, const MetadataRecord&) = default;
};

/// One file that a page links. Its content is the blob named by its digest.
struct FileRecord {
    verify::FilePath path;  ///< Digest and name; the name knows its project.
    std::uint64_t size_bytes = 0;
    std::optional<MetadataRecord> metadata;
    std::optional<MetadataRecord> provenance = std::nullopt;
    /// The header fields of core metadata that are not offered, since a build may come to others:
    /// for people, who have nothing else of a source archive. A master alone knows them.
    std::optional<std::string> about = std::nullopt;

    friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

}  // namespace heliograph::mirror
