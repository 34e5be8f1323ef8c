// SPDX-License-Identifier: Apache-2.0
// A disk that forgets what was not synced: computes, from a recorded run, what a power loss leaves
// behind at any point of it. The rules are POSIX at its strictest: fsync of a file keeps its bytes,
// fsync of a folder keeps its names, and nothing keeps the other.
#pragma once

#include <tests/support/failing_system.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace heliograph::test_support {

/// What survives besides that which was synced. Real disks do any of these.
enum class Survival {
    synced_only,  ///< Nothing: names and bytes go unless synced.
    names_first,  ///< Every name, with the bytes that were synced: the empty file after a rename.
    bytes_first,  ///< Every byte, under the names that were synced: the file written in place,
                  ///< half.
};

/// A folder as a power loss leaves it.
struct DiskImage {
    struct Entry {
        bool folder;
        std::uint32_t mode;
        std::shared_ptr<const std::string> bytes;
    };
    std::size_t after_step;                ///< How many steps of the run were taken before.
    std::map<std::string, Entry> entries;  ///< By path relative to the root, parents first.

    /// Makes the folder @p to, which must not exist, as the image says.
    void write_to(const std::filesystem::path& to) const;
};

/// @thread One thread at a time.
class ForgetfulDisk {
  public:
    /// Takes the folder as it is now for the state that was safe before the run.
    explicit ForgetfulDisk(const std::filesystem::path& root);

    /// Every different state that a power loss during the run can leave, in the order of the run;
    /// the last one is that of a loss just after its end.
    /// @param steps  Of run_with() on the same root; those of several runs may follow each other.
    /// @errors       std::runtime_error when the run wrote in a way that cannot be followed.
    [[nodiscard]] std::vector<DiskImage> images(
        const std::vector<DiskStep>& steps, Survival survival
    ) const;

    /// Those of images() to run a program on: all, or each so manieth and the last under a
    /// sanitizer, as next_nth() has it for faults.
    [[nodiscard]] std::vector<DiskImage> images_to_try(
        const std::vector<DiskStep>& steps, Survival survival
    ) const;

  private:
    struct Known {
        std::string path;
        std::uint64_t inode;
        DiskImage::Entry entry;
    };
    class Simulation;

    std::filesystem::path m_root;
    std::uint64_t m_root_inode;
    std::vector<Known> m_before;  ///< Parents first.
};

}  // namespace heliograph::test_support
