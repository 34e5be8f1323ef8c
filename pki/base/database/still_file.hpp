// SPDX-License-Identifier: Apache-2.0
// Private: a database in a folder where SQLite cannot make the files beside it that it reads a
// write-ahead log with. It is read as it lies there, without a lock, so that the reader has to see
// for itself that nobody wrote meanwhile.
#pragma once

#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

namespace heliograph {

/// A file that had no log beside it, and how it stood then.
class StillFile {
  public:
    /// None unless it is certain that the file is there and that no log is beside it.
    [[nodiscard]] static std::optional<StillFile> look(const std::filesystem::path& path);

    /// That it stands as it stood: the same file, with its size and times, and without a log.
    /// @errors conflict.
    [[nodiscard]] Outcome check() const;

  private:
    struct Stand {
        std::uint64_t device;
        std::uint64_t number;
        std::int64_t size;
        std::int64_t seconds;
        std::int64_t nanoseconds;

        friend bool operator==(const Stand&, const Stand&) = default;
    };

    StillFile(std::filesystem::path path, const Stand& stand)
        : m_path(std::move(path)), m_stand(stand) {}
    [[nodiscard]] static std::optional<Stand> stand_of(const std::filesystem::path& path);

    std::filesystem::path m_path;
    Stand m_stand;
};

}  // namespace heliograph
