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

    /// Where to build. Files in it must be made durable by whoever writes them, as AtomicFile does.
    [[nodiscard]] const std::filesystem::path& path() const { return m_temporary; }

    /// Puts the folder under its final name, durably.
    /// @errors exists (something came to stand there meanwhile), io, denied.
    Outcome commit();

  private:
    AtomicFolder(std::filesystem::path final_path, std::filesystem::path temporary);

    std::filesystem::path m_final_path;
    std::filesystem::path m_temporary;  ///< Empty once committed or moved from.
};

}  // namespace heliograph
