// SPDX-License-Identifier: Apache-2.0
// A folder that appears whole or not at all: built beside its final name, then renamed.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <filesystem>

namespace heliograph {

/// A folder being built. Dropping the object without commit() removes all that was built.
/// @thread One owner.
class AtomicFolder {
  public:
    /// @param final_path  Must not exist, or be an empty folder; missing parents are made.
    /// @param access      Of the folder itself.
    /// @errors exists (something stands there), io, denied.
    [[nodiscard]] static Result<AtomicFolder> create(
        const std::filesystem::path& final_path, FileAccess access
    );

    AtomicFolder(AtomicFolder&& other) noexcept;
    AtomicFolder& operator=(AtomicFolder&&) = delete;
    AtomicFolder(const AtomicFolder&) = delete;
    AtomicFolder& operator=(const AtomicFolder&) = delete;
    ~AtomicFolder();

    /// Where to build. What is in it need not be durable before commit().
    [[nodiscard]] const std::filesystem::path& path() const { return m_temporary; }

    /// Makes all that was built durable, then puts the folder under its final name, durably.
    /// @errors exists (something came to stand there meanwhile), io, denied.
    /// @cost Two waits for the disk and one for each file and folder in it.
    Outcome commit();

  private:
    AtomicFolder(std::filesystem::path final_path, std::filesystem::path temporary);

    std::filesystem::path m_final_path;
    std::filesystem::path m_temporary;  ///< Empty once committed or moved from.
};

/// A new folder in a folder that is being built, whose commit() makes it durable.
/// @errors io, denied, exists. @thread Safe for different paths. @cost No wait for the disk.
[[nodiscard]] Outcome make_folder_in_build(
    const std::filesystem::path& path, FileAccess access = FileAccess::everyone
);

/// A new file in a folder that is being built, whose commit() makes it durable.
/// @param access  everyone: 0644 less the umask; owner_only: 0600.
/// @errors io, denied, exists. @thread Safe for different paths. @cost No wait for the disk.
[[nodiscard]] Outcome write_file_in_build(
    const std::filesystem::path& path, ByteSpan bytes, FileAccess access = FileAccess::everyone
);

}  // namespace heliograph
