// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/folder.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

std::shared_ptr<std::string> add_folder_option(CLI::App& verb) {
    auto value = std::make_shared<std::string>();
    verb.add_option(
            "--dir",
            *value,
            "The folder of the master or mirror; else the current folder when it is one, else "
            "mirror/ in the XDG data home"
    )
        ->envname("HELIOGRAPH_MIRROR");
    return value;
}

Result<std::filesystem::path> find_mirror_folder(const std::string& flag_value) {
    return find_folder({flag_value, mirror::MirrorFolder::is_mirror, "mirror"});
}

Result<mirror::MirrorFolder> open_mirror_folder(const std::string& flag_value) {
    HG_TRY(const auto path, find_mirror_folder(flag_value));
    return local_fault(mirror::MirrorFolder::open(path));
}

Result<mirror::MirrorFolder> open_master_folder(const std::string& flag_value) {
    HG_TRY(auto folder, open_mirror_folder(flag_value));
    if (folder.marker().role != mirror::MirrorRole::master) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the folder of a master, " + folder.path().string() + " is a mirror of " +
                folder.marker().upstream.value_or("another index") +
                "; make this change there, then run: mirror sync"
        );
    }
    return folder;
}

}  // namespace heliograph::tools::mirror_commands
