// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <verify/detached/server_key.hpp>

#include <algorithm>

namespace heliograph::tools::mirror_commands {

namespace {

// Pages signed by a key that is not published would be refused by every client.
Outcome check_signer(const pki::Credential& signer, const mirror::Catalog& catalog) {
    HG_TRY(const auto chain_pem, catalog.evidence(mirror::EvidenceKind::signer_chain));
    HG_TRY(const auto chain, verify::parse_server_key(text_of(chain_pem)));
    const auto& published = chain.signers;
    if (std::any_of(published.begin(), published.end(), [&](const auto& certificate) {
            return certificate.fingerprint() == signer.leaf.fingerprint();
        })) {
        return {};
    }
    return Error(
        ErrorCode::denied,
        "expected the key of " + published.front().subject() +
            ", whose certificate this master publishes, saw that of " + signer.leaf.subject() +
            "; nothing was signed with it; put the right bundle.pem back"
    );
}

}  // namespace

Result<OpenMaster> open_master(
    const std::string& folder_flag, std::chrono::milliseconds lock_patience
) {
    HG_TRY(auto folder, open_master_folder(folder_flag));
    HG_TRY(auto lock, folder.lock(lock_patience));
    HG_TRY(
        auto signer,
        local_fault(pki::Credential::load_bundle(folder.signer_path()), FileOrigin::own)
    );
    HG_TRY(auto catalog, local_fault(folder.open_catalog()));
    auto checked = check_signer(signer, *catalog);
    if (!checked) {
        return std::move(checked).error().at(folder.signer_path().string());
    }
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
