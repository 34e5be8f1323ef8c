// SPDX-License-Identifier: Apache-2.0
// A folder of our own below the one for temporary files.
#pragma once

#include <pki/base/result.hpp>

#include <filesystem>
#include <utility>

namespace heliograph::tools::fetch_commands {

/// Removed with all it holds when the value goes.
/// @thread One thread.
class ScratchFolder {
  public:
    /// @errors io, denied.
    [[nodiscard]] static Result<ScratchFolder> make();
    ScratchFolder(ScratchFolder&& other) noexcept
        : m_path(std::exchange(other.m_path, std::filesystem::path())) {}
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

  private:
    explicit ScratchFolder(std::filesystem::path path) : m_path(std::move(path)) {}

    std::filesystem::path m_path;
};

}  // namespace heliograph::tools::fetch_commands
