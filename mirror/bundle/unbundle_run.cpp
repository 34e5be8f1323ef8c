// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_intake.hpp>
#include <mirror/bundle/bundle_transport.hpp>
#include <mirror/bundle/unbundle_run.hpp>
#include <mirror/sync/folder_access.hpp>

#include <array>
#include <utility>

namespace heliograph::mirror {

namespace {

verify::Finding gap_of(const BundleManifest& manifest, verify::Serial here, std::string source) {
    return {
        .id = "bundle-gap",
        .cause = verify::Cause::stale_evidence,
        .subject = "bundle",
        .expected = "one that begins at serial " + std::to_string(here.value) +
                    " or below, where this folder stands",
        .seen = "one from " + std::to_string(manifest.since.value) + " to " +
                std::to_string(manifest.to.value),
        .source = std::move(source),
        .advice = "take in the bundle before it first, or make one with --since " +
                  std::to_string(here.value)};
}

Outcome check_digest(const UnbundleRequest& request, const pki::Sha256& seen) {
    if (!request.digest || *request.digest == seen) {
        return {};
    }
    return Error(
        ErrorCode::refused,
        "expected " + request.file.string() + " with sha256 " + request.digest->to_hex() +
            ", it has " + seen.to_hex() +
            "; it is not the one that was made, nothing is shown of it"
    );
}

// Files of pages that the engine did not let in after all.
Outcome drop_unused(
    const Catalog& catalog, BlobStore& blobs, const std::vector<pki::Sha256>& stored
) {
    for (const auto& digest : stored) {
        HG_TRY(const bool named, catalog.names_blob(digest));
        if (!named) {
            HG_CHECK(blobs.remove(digest));
        }
    }
    return {};
}

struct FollowParts {
    Catalog& catalog;
    BlobStore& blobs;
    const verify::TrustBundle& trust;
    const Clock& clock;
    EventSink& events;
};

// With more than one worker, for signatures are checked while the disk is waited for.
Result<SyncReport> follow(
    const BundleContents& contents, const UnbundleRequest& request, const FollowParts& parts
) {
    HG_TRY(auto base, Url::parse(bundle_base_url));
    const UpstreamAccess access{
        .base = std::move(base), .stop = request.stop, .called = request.file.string()};
    BundleTransport asking(contents);
    std::array<BundleTransport, 2> loading{BundleTransport(contents), BundleTransport(contents)};
    Upstream upstream(asking, access);
    std::array<Upstream, 2> workers{Upstream(loading[0], access), Upstream(loading[1], access)};
    return run_sync(
        {.catalog = parts.catalog,
         .blobs = parts.blobs,
         .upstream = upstream,
         .trust = parts.trust,
         .clock = parts.clock,
         .events = parts.events},
        {&workers[0], &workers[1]},
        {.policy = request.policy, .parked = ParkedTries::all, .stop = request.stop}
    );
}

}  // namespace

Result<UnbundleReport> unbundle_folder(
    const MirrorFolder& folder,
    const UnbundleRequest& request,
    const Clock& clock,
    EventSink& events
) {
    if (folder.marker().role == MirrorRole::master) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + folder.path().string() +
                " to be a mirror, it is a master, which takes its content from nobody"
        );
    }
    if (folder.marker().projects) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a mirror of all projects, " + folder.path().string() +
                " has some only, and a bundle cannot be asked for the others; run: mirror filter "
                "--all"
        );
    }
    HG_TRY(const auto lock, folder.lock());
    HG_TRY(const auto trust, read_trust(folder));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    HG_TRY([[maybe_unused]] const auto swept, blobs->sweep());
    HG_TRY(auto reader, BundleReader::open(request.file));
    HG_TRY(auto spool, BundleSpool::open(folder.path()));
    BundleIntake intake(
        std::move(reader),
        BundleContents(std::move(spool)),
        {.blobs = *blobs,
         .trust = trust,
         .policy = request.policy,
         .at = clock.now(),
         .source = request.file.string(),
         .stop = request.stop,
         .events = events}
    );
    UnbundleReport report;
    HG_TRY(report.manifest, intake.open());
    HG_TRY(const auto state, catalog->state());
    if (state.last_serial < report.manifest.since) {
        report.bundle.add(gap_of(report.manifest, state.last_serial, request.file.string()));
        return report;
    }
    if (report.manifest.to < state.last_serial) {
        report.bundle.pass("the folder is further than the bundle");
        return report;
    }
    HG_CHECK(intake.run());
    HG_CHECK(check_digest(request, intake.digest()));
    report.bundle = intake.signer_verdict();
    report.files = intake.stored().size();
    report.bytes = intake.stored_bytes();
    HG_TRY(
        report.run,
        follow(
            intake.contents(),
            request,
            {.catalog = *catalog, .blobs = *blobs, .trust = trust, .clock = clock, .events = events}
        )
    );
    HG_CHECK(drop_unused(*catalog, *blobs, intake.stored()));
    return report;
}

}  // namespace heliograph::mirror
