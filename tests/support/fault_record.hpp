// SPDX-License-Identifier: Apache-2.0
// What the preloaded fault library writes into its log and what the drivers read back: one record a
// step. A record is this header, then the two paths, then the data, each of the length given. Same
// machine, same layout.
#pragma once

#include <cstdint>

namespace heliograph::test_support {

/// One kind of call that changes a disk or makes a change durable.
enum class Operation : std::uint32_t {
    create,       ///< A file came into being: path, inode, mode.
    write,        ///< Bytes at an offset: inode, data.
    truncate,     ///< New length in `offset`: inode.
    sync_file,    ///< fsync or fdatasync of a file: inode.
    sync_folder,  ///< fsync of a folder: inode.
    sync_all,     ///< sync or syncfs.
    rename,       ///< path to other_path.
    remove,       ///< unlink or rmdir: path.
    make_folder,  ///< path, inode, mode.
    link,         ///< A further name for an inode: other_path, inode.
    unseen,  ///< A write that the library cannot follow (stdio): the disk model must refuse the
             ///< run.
};

/// What became of the step.
enum class Fate : std::uint32_t { done, failed_by_fault, failed_by_itself, killed_before, torn };

struct FaultRecord {
    Operation operation{};
    Fate fate{};
    std::uint64_t inode{};
    std::uint64_t offset{};
    std::uint32_t mode{};
    std::uint32_t path_bytes{};
    std::uint32_t other_path_bytes{};
    std::uint32_t reserved{};
    std::uint64_t data_bytes{};
};

}  // namespace heliograph::test_support
