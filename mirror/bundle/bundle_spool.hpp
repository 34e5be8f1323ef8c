// SPDX-License-Identifier: Apache-2.0
// Private: a file without a name for the pages of a bundle, which is read once from front to back
// and asked in any order.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>

namespace heliograph::mirror {

/// Where some bytes lie in the spool.
struct SpoolSlice {
    std::uint64_t offset_bytes = 0;
    std::uint64_t size_bytes = 0;
};

/// @thread add() from one thread, before read() from any.
class BundleSpool {
  public:
    /// @param folder  Of the file system that holds it. @errors io, denied.
    [[nodiscard]] static Result<BundleSpool> open(const std::filesystem::path& folder);

    /// @errors io (no space left among them).
    [[nodiscard]] Result<SpoolSlice> add(ByteSpan bytes);
    [[nodiscard]] Result<Bytes> read(const SpoolSlice& slice) const;

    [[nodiscard]] std::uint64_t size_bytes() const { return m_size_bytes; }

  private:
    explicit BundleSpool(FileDescriptor file) : m_file(std::move(file)) {}

    FileDescriptor m_file;
    std::uint64_t m_size_bytes = 0;
};

}  // namespace heliograph::mirror
