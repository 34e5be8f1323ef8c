// SPDX-License-Identifier: Apache-2.0
// Where uploads lie until they are published: `uploads/` in the folder of a master, swept when a
// server starts. Private to this room.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/file_lock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/stated_digest.hpp>
#include <verify/index/file_name.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// What upload tools may state of a file.
struct UploadDigests {
    pki::Sha256 sha256;
    std::optional<std::string> md5;  ///< Hexadecimal, as the next one; none on a machine without.
    std::string blake2b_256;
};

/// One file on its way, under its own name in a folder of its own; both go with the object.
/// @thread One.
class UploadedFile {
  public:
    UploadedFile(const UploadedFile&) = delete;
    UploadedFile& operator=(const UploadedFile&) = delete;
    UploadedFile(UploadedFile&& other) noexcept;
    UploadedFile& operator=(UploadedFile&&) = delete;
    ~UploadedFile();

    /// @errors io (also: no space left).
    Outcome write(ByteSpan piece);

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] std::uint64_t size_bytes() const { return m_size; }
    /// Of all that was written. Once.
    [[nodiscard]] UploadDigests finish();

  private:
    friend class Staging;
    UploadedFile(std::filesystem::path path, FileDescriptor file)
        : m_path(std::move(path)), m_file(std::move(file)) {}

    std::filesystem::path m_path;  ///< Empty when moved from.
    FileDescriptor m_file;
    pki::Sha256Hasher m_hasher;
    pki::Md5Hasher m_md5;
    pki::Blake2bHasher m_blake2b;
    std::uint64_t m_size = 0;
};

/// The staging folder; one process at a time.
/// @thread Safe.
class Staging {
  public:
    /// Makes `uploads/` (0700) when it is missing, takes its lock, and removes what a killed server
    /// left there.
    /// @errors conflict (another server takes uploads for this folder), io, denied.
    [[nodiscard]] static Result<Staging> open(const std::filesystem::path& master);

    /// @errors io, crypto.
    [[nodiscard]] Result<UploadedFile> begin(const verify::DistFileName& name) const;

  private:
    Staging(std::filesystem::path place, FileLock lock)
        : m_place(std::move(place)), m_lock(std::move(lock)) {}

    std::filesystem::path m_place;
    FileLock m_lock;
};

}  // namespace heliograph::mirror
