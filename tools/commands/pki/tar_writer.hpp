// SPDX-License-Identifier: Apache-2.0
// A tar file of small members, durable and whole at its final name or not there at all.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <filesystem>
#include <initializer_list>
#include <string>

namespace heliograph::tools::pki_commands {

/// The file is readable by its owner only, and so is every member: there are keys among them.
/// Plain ustar headers (POSIX.1-1988) of regular files; everything that varies in them is a name of
/// at most 100 characters and a size.
/// @thread One thread at a time.
class TarWriter {
  public:
    /// @errors io, denied, not_found (folder).
    [[nodiscard]] static Result<TarWriter> create(const std::filesystem::path& path);

    /// @param name  1 to 100 characters of a safe relative path.
    /// @param content  The member's bytes, in parts.
    /// @errors io, too_large (4 GiB).
    [[nodiscard]] Outcome add(const std::string& name, std::initializer_list<ByteSpan> content);

    /// @errors io, exists (a file of the name is there).
    [[nodiscard]] Outcome commit();

  private:
    explicit TarWriter(AtomicFile file) : m_file(std::move(file)) {}
    AtomicFile m_file;
};

}  // namespace heliograph::tools::pki_commands
