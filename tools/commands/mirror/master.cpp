// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>

namespace heliograph::tools::mirror_commands {

Result<OpenMaster> open_master(const std::string& folder_flag) {
    HG_TRY(auto folder, open_master_folder(folder_flag));
    HG_TRY(auto lock, folder.lock());
    HG_TRY(auto signer, pki::Credential::load_bundle(folder.signer_path()));
    HG_TRY(auto catalog, folder.open_catalog());
    auto blobs = folder.open_blobs();
    HG_TRY([[maybe_unused]] const auto removed, blobs->sweep());
    return OpenMaster{
        std::move(folder),
        std::move(lock),
        std::move(signer),
        std::move(catalog),
        std::move(blobs)};
}

}  // namespace heliograph::tools::mirror_commands
