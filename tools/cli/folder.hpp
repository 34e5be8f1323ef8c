// SPDX-License-Identifier: Apache-2.0
// Where a command works: the flag, else the environment, else the current folder when it is one,
// else the XDG data home.
#pragma once

#include <pki/base/result.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace heliograph::tools {

/// How one kind of folder is looked for.
struct FolderSearch {
    std::string flag_value;  ///< Of --dir, which CLI11 fills from the environment too; empty: none.
    std::function<bool(const std::filesystem::path&)> is_one;  ///< Is this folder of the kind?
    std::string data_home_name;  ///< Its name in heliograph's XDG data home.
};

/// @return The folder, which need not exist.
/// @errors invalid_argument: nothing given, and no home to fall back to.
/// @thread Reads the environment. @source XDG Base Directory Specification.
[[nodiscard]] Result<std::filesystem::path> find_folder(const FolderSearch& search);

/// `$XDG_CACHE_HOME/heliograph`, else `~/.cache/heliograph`; none when neither is set.
[[nodiscard]] std::optional<std::filesystem::path> cache_home();
/// `$XDG_CONFIG_HOME/heliograph`, else `~/.config/heliograph`; none when neither is set.
[[nodiscard]] std::optional<std::filesystem::path> config_home();
/// `$XDG_DATA_HOME/heliograph`, else `~/.local/share/heliograph`.
[[nodiscard]] std::optional<std::filesystem::path> data_home();
/// `$XDG_STATE_HOME/heliograph`, else `~/.local/state/heliograph`.
[[nodiscard]] std::optional<std::filesystem::path> state_home();

}  // namespace heliograph::tools
