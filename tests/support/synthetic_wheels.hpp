// SPDX-License-Identifier: Apache-2.0
// Many tiny wheels, the same for the same seed: what bulk imports are tested and measured with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace heliograph::test_support {

struct SyntheticWheels {
    std::size_t projects = 100;
    std::size_t files_per_project = 3;  ///< Versions 1.0, 1.1...
    std::uint64_t seed = 1;             ///< Decides names and contents.
};

/// Writes them below @p folder, a thousand projects to a folder; those that are there already stay.
/// @return All of them, project by project. @errors std::runtime_error.
std::vector<std::filesystem::path> write_synthetic_wheels(
    const std::filesystem::path& folder, const SyntheticWheels& wish
);

}  // namespace heliograph::test_support
