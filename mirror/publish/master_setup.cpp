// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/master_setup.hpp>
#include <mirror/publish/publisher.hpp>
#include <mirror/publish/signer_standing.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/folder/atomic_folder.hpp>

namespace heliograph::mirror {

namespace {

// Everything that the folder holds, before it has its name.
Outcome fill(
    const std::filesystem::path& place,
    const MasterRequest& request,
    const Clock& clock,
    EventSink& events
) {
    HG_TRY(const auto folder, MirrorFolder::init(place, {}));
    HG_CHECK(write_file_atomically(
        folder.signer_path(), request.signer.to_bundle_pem().expose(), FileAccess::owner_only
    ));
    HG_CHECK(write_file_atomically(
        folder.trust_path(), bytes_of(verify::render_trust_bundle(request.trust))
    ));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    Publisher publisher({*catalog, *blobs, request.signer, clock, events});
    HG_TRY(
        [[maybe_unused]] const auto serial,
        publisher.publish_evidence({request.signer.chain_pem(), request.revocation_lists_pem})
    );
    return {};
}

}  // namespace

Result<verify::Verdict> judge_own_signer(const MasterRequest& request, Instant at) {
    HG_TRY(
        const auto signers,
        judge_evidence(
            {request.signer.chain_pem(), request.revocation_lists_pem}, request.trust, at
        )
    );
    return for_operator(signers.verdict());
}

Result<verify::Verdict> init_master(
    const MasterRequest& request, const Clock& clock, EventSink& events
) {
    // As a client reads it: a bundle that none takes is never handed out.
    HG_TRY(
        [[maybe_unused]] const auto readable,
        verify::parse_trust_bundle(verify::render_trust_bundle(request.trust))
    );
    HG_TRY(auto verdict, judge_own_signer(request, clock.now()));
    if (!verdict.accepted()) {
        return verdict;
    }
    HG_TRY(auto folder, AtomicFolder::create(request.folder, FileAccess::everyone));
    HG_CHECK(fill(folder.path(), request, clock, events));
    HG_CHECK(folder.commit());
    return verdict;
}

}  // namespace heliograph::mirror
