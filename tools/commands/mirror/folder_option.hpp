// SPDX-License-Identifier: Apache-2.0
// --dir of every verb of `mirror`, and the folder it leads to.
#pragma once

#include <mirror/store/folder.hpp>
#include <pki/base/result.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools::mirror_commands {

/// Adds --dir (environment: HELIOGRAPH_MIRROR). The action keeps the value.
[[nodiscard]] std::shared_ptr<std::string> add_folder_option(CLI::App& verb);

/// Where the verb works; the folder need not exist.
[[nodiscard]] Result<std::filesystem::path> find_mirror_folder(const std::string& flag_value);

/// @errors not_found and all others of MirrorFolder::open.
[[nodiscard]] Result<mirror::MirrorFolder> open_mirror_folder(const std::string& flag_value);

/// @errors invalid_argument when the folder is a mirror: its upstream decides what it holds.
[[nodiscard]] Result<mirror::MirrorFolder> open_master_folder(const std::string& flag_value);

}  // namespace heliograph::tools::mirror_commands
