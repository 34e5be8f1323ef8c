// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/signer_standing.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>

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

// The key of a signer that is revoked signs nothing, and that of one who signs beside nobody does
// not lie about.
Result<std::optional<pki::Credential>> load_former(
    const mirror::MirrorFolder& folder, const mirror::Catalog& catalog
) {
    using Former = std::optional<pki::Credential>;
    const auto place = folder.former_signer_path();
    std::error_code failure;
    if (!std::filesystem::exists(place, failure) && !failure) {
        return Former();
    }
    HG_TRY(const auto other_key, catalog.other_key());
    if (!other_key) {
        HG_CHECK(remove_file(place));
        return Former();
    }
    HG_TRY(auto former, local_fault(pki::Credential::load_bundle(place), FileOrigin::own));
    HG_TRY(const auto trust, own_trust(folder));
    HG_TRY(const auto documents, mirror::published_evidence(catalog));
    HG_TRY(const auto judged, mirror::judge_evidence(documents, trust, SystemClock().now()));
    const auto revoked = judged.revoked();
    const bool is_revoked =
        std::find(revoked.begin(), revoked.end(), former.leaf.fingerprint()) != revoked.end();
    return is_revoked ? Former() : Former(std::move(former));
}

}  // namespace

Result<OpenMaster> open_master(const std::string& folder_flag, const OpenMasterOptions& options) {
    HG_TRY(auto folder, open_master_folder(folder_flag));
    HG_TRY(auto lock, folder.lock(options.lock_patience));
    HG_TRY(
        auto signer,
        local_fault(pki::Credential::load_bundle(folder.signer_path()), FileOrigin::own)
    );
    HG_TRY(auto catalog, local_fault(folder.open_catalog()));
    HG_TRY(auto former, load_former(folder, *catalog));
    if (options.signer == SignerDemand::published) {
        auto checked = check_signer(signer, *catalog);
        if (!checked) {
            return std::move(checked).error().at(folder.signer_path().string());
        }
    }
    auto blobs = folder.open_blobs();
    HG_TRY([[maybe_unused]] const auto removed, blobs->sweep());
    return OpenMaster{
        std::move(folder),
        std::move(lock),
        std::move(signer),
        std::move(former),
        std::move(catalog),
        std::move(blobs)};
}

Result<verify::Verdict> judge_signer(const OpenMaster& master, Instant at) {
    HG_TRY(const auto trust, own_trust(master.folder));
    HG_TRY(auto documents, mirror::published_evidence(*master.catalog));
    documents.signer_chain_pem = master.signer.chain_pem();
    HG_TRY(const auto signers, mirror::judge_evidence(documents, trust, at));
    return mirror::for_operator(signers.verdict());
}

Result<ExitCode> with_master(
    const std::string& folder_flag, Console& console, const MasterAction& action
) {
    HG_TRY(auto master, open_master(folder_flag));
    HG_TRY(const auto verdict, judge_signer(master, SystemClock().now()));
    if (verdict.accepted()) {
        return action(master);
    }
    for (const auto& finding : verdict.findings()) {
        console.report(finding);
    }
    console.fail("clients would refuse what this master signs now, so nothing was done");
    return exit_code_of(verdict);
}

Result<pki::Credential> load_signer(const std::string& path) {
    auto signer = local_fault(pki::Credential::load_bundle(path));
    if (signer || signer.error().code() != ErrorCode::denied) {
        return signer;
    }
    // Whoever names the wrong file must not be told to change its mode.
    const auto text = read_file(path, verify::limits::server_key_bytes);
    if (text && text_of(*text).find("PRIVATE KEY-----") == std::string_view::npos) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the bundle.pem of `pki issue signer NAME`, " + path + " holds no private key"
        );
    }
    return signer;
}

Result<std::string> read_lists(const std::vector<std::string>& files) {
    std::string lists;
    for (const auto& file : files) {
        HG_TRY(const auto list, read_file(file, verify::limits::revocation_bytes));
        lists += text_of(list);
    }
    return lists;
}

Result<verify::TrustBundle> own_trust(const mirror::MirrorFolder& folder) {
    HG_TRY(
        const auto text,
        local_fault(
            read_file(folder.trust_path(), verify::limits::trust_bundle_bytes), FileOrigin::own
        )
    );
    auto trust = local_fault(verify::parse_trust_bundle(text_of(text)));
    if (!trust) {
        return std::move(trust).error().at(folder.trust_path().string());
    }
    return trust;
}

}  // namespace heliograph::tools::mirror_commands
