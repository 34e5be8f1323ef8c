// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/folder.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

std::shared_ptr<std::string> add_folder_option(CLI::App& verb) {
    auto value = std::make_shared<std::string>();
    verb.add_option(
            "--dir",
            *value,
            "The folder of the authority; else the current folder when it is one, else pki/ in "
            "the XDG data home"
    )
        ->envname("HELIOGRAPH_PKI");
    return value;
}

Result<std::filesystem::path> find_authority_folder(const std::string& flag_value) {
    return find_folder({flag_value, pki::Authority::is_authority, "pki"});
}

Result<pki::Authority> open_authority(const std::string& flag_value, const Clock& clock) {
    HG_TRY(const auto folder, find_authority_folder(flag_value));
    return pki::Authority::open(folder, clock);
}

}  // namespace heliograph::tools::pki_commands
