// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_intake.hpp>
#include <mirror/bundle/bundle_transport.hpp>
#include <mirror/bundle/unbundle_run.hpp>
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/signer_evidence.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::mirror {

namespace {

struct Standing {
    verify::Serial last;    ///< Where the folder stands, as its upstream or a bundle said.
    verify::Serial proven;  ///< The newest serial of a signed page that ever was here.
};

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

verify::Finding unproven(
    const BundleManifest& manifest, const Standing& standing, std::string source
) {
    return {
        .id = "folder-serial-unproven",
        .cause = verify::Cause::stale_evidence,
        .subject = "bundle",
        .expected = "one that ends at serial " + std::to_string(standing.proven.value) +
                    " or above, the newest that a signed page in this folder bears out",
        .seen = "one from " + std::to_string(manifest.since.value) + " to " +
                std::to_string(manifest.to.value) + ", while the folder was told of serial " +
                std::to_string(standing.last.value),
        .source = std::move(source),
        .advice = "take in a newer bundle; one made with --since " +
                  std::to_string(standing.proven.value) + " or below brings the folder forward"};
}

Result<Standing> standing_of(const Catalog& catalog) {
    HG_TRY(const auto state, catalog.state());
    HG_TRY(const auto proven, catalog.newest_serial());
    return Standing{.last = state.last_serial, .proven = proven};
}

// What is to be done with a bundle.
struct Fit {
    enum class Step { take, leave };
    Step step = Step::leave;
    CursorTrust cursor = CursorTrust::kept;
    verify::Verdict verdict = {};
};

// A serial that somebody claimed once, and no signed page bears out, must not keep true bundles
// out for ever.
Fit fit_of(const BundleManifest& manifest, const Standing& standing, const std::string& source) {
    Fit fit;
    verify::Serial here = standing.last;
    if (manifest.to < standing.last) {
        if (standing.last <= standing.proven) {
            fit.verdict.pass("the folder is further than the bundle");
            return fit;
        }
        if (manifest.to < standing.proven) {
            fit.verdict.add(unproven(manifest, standing, source));
            return fit;
        }
        fit.cursor = CursorTrust::proven;
        here = standing.proven;
    }
    if (here < manifest.since) {
        fit.verdict.add(gap_of(manifest, here, source));
        return fit;
    }
    fit.step = Fit::Step::take;
    return fit;
}

Outcome check_digest(const UnbundleRequest& request, const pki::Sha256& seen) {
    if (!request.digest || *request.digest == seen) {
        return {};
    }
    return Error(
        ErrorCode::refused,
        "expected " + request.file.string() + " with sha256 " + request.digest->to_hex() +
            ", it has " + seen.to_hex() +
            "; it is not the one that was made, nothing is taken "
            "from it"
    );
}

// Of another digest than demanded not even the first entry is believed.
Result<BundleReader> open_archive(const UnbundleRequest& request) {
    HG_TRY(auto reader, BundleReader::open(request.file));
    if (request.digest) {
        HG_TRY(const auto seen, reader.hash(request.stop));
        HG_CHECK(check_digest(request, seen));
    }
    return reader;
}

Outcome check_recipient(const MirrorFolder& folder) {
    if (folder.marker().role == MirrorRole::master) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + folder.path().string() +
                " to be a mirror, it is a master, which takes its content from nobody"
        );
    }
    if (folder.marker().projects || !folder.marker().files.is_everything()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a mirror of all projects and files, " + folder.path().string() +
                " has some only, and a bundle cannot be asked for the others; run: mirror filter "
                "--all"
        );
    }
    return {};
}

struct FollowParts {
    Catalog& catalog;
    BlobStore& blobs;
    const verify::TrustBundle& trust;
    const Clock& clock;
    EventSink& events;

    [[nodiscard]] SyncParts with(Upstream& upstream) const {
        return {
            .catalog = catalog,
            .blobs = blobs,
            .upstream = upstream,
            .trust = trust,
            .clock = clock,
            .events = events};
    }
};

Result<UpstreamAccess> access_to(const UnbundleRequest& request) {
    HG_TRY(auto base, Url::parse(bundle_base_url));
    return UpstreamAccess{
        .base = std::move(base), .stop = request.stop, .called = request.file.string()};
}

// With more than one worker, for signatures are checked while the disk is waited for.
Result<SyncReport> follow(
    const BundleContents& contents,
    const UnbundleRequest& request,
    CursorTrust cursor,
    const FollowParts& parts
) {
    HG_TRY(const auto access, access_to(request));
    BundleTransport asking(contents);
    std::array<BundleTransport, 2> loading{BundleTransport(contents), BundleTransport(contents)};
    Upstream upstream(asking, access);
    std::array<Upstream, 2> workers{Upstream(loading[0], access), Upstream(loading[1], access)};
    return run_sync(
        parts.with(upstream),
        {&workers[0], &workers[1]},
        {.policy = request.policy,
         .parked = ParkedTries::all,
         .cursor = cursor,
         .stop = request.stop}
    );
}

// Nothing is taken from signers who are none; but that they were revoked reaches our clients too.
Outcome take_evidence_only(
    const BundleContents& contents, const UnbundleRequest& request, const FollowParts& parts
) {
    HG_TRY(const auto access, access_to(request));
    BundleTransport asking(contents);
    Upstream upstream(asking, access);
    HG_TRY(
        [[maybe_unused]] const auto taken,
        take_signer_evidence(parts.with(upstream), request.policy)
    );
    return {};
}

// Files that no page of the folder names after all.
Outcome drop_unused(
    const Catalog& catalog, BlobStore& blobs, const std::vector<pki::Sha256>& carried
) {
    for (const auto& digest : carried) {
        HG_TRY(const bool named, catalog.names_blob(digest));
        if (!named) {
            HG_CHECK(blobs.remove(digest));
        }
    }
    return {};
}

// What the bundle holds is at fault, and not the disk that it is read from or stored on.
bool speaks_against_bundle(const Error& error) {
    switch (error.code()) {
        case ErrorCode::malformed:
        case ErrorCode::too_large:
        case ErrorCode::refused:
            return true;
        default:
            return false;
    }
}

// A bundle that was cut off is carried over again, and a stopped run goes on: what they brought
// need not be stored twice. What is refused leaves nothing.
Outcome read_all(BundleIntake& intake, const UnbundleRequest& request, const FollowParts& parts) {
    auto read = intake.run();
    if (read && intake.signer_verdict().accepted()) {
        read = check_digest(request, intake.digest());
    }
    if (!read && speaks_against_bundle(read.error()) && !intake.was_cut()) {
        // The first error is the one to tell.
        static_cast<void>(drop_unused(parts.catalog, parts.blobs, intake.carried()));
    }
    return read;
}

}  // namespace

Result<UnbundleReport> unbundle_folder(
    const MirrorFolder& named, const UnbundleRequest& request, const Clock& clock, EventSink& events
) {
    HG_CHECK(check_recipient(named));
    // Before the lock: nobody else waits for a file that cannot be read.
    HG_TRY(auto reader, open_archive(request));
    HG_TRY(const auto lock, named.lock());
    // Another filter may have been chosen until the lock was held.
    HG_TRY(const auto folder, MirrorFolder::open(named.path()));
    HG_CHECK(check_recipient(folder));
    HG_TRY(const auto trust, read_trust(folder));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    const FollowParts parts{
        .catalog = *catalog, .blobs = *blobs, .trust = trust, .clock = clock, .events = events};
    HG_TRY([[maybe_unused]] const auto swept, blobs->sweep());
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
    HG_TRY(const auto standing, standing_of(*catalog));
    auto fit = fit_of(report.manifest, standing, request.file.string());
    if (fit.step == Fit::Step::leave) {
        report.bundle = std::move(fit.verdict);
        return report;
    }
    HG_CHECK(read_all(intake, request, parts));
    report.bundle = intake.signer_verdict();
    if (!report.bundle.accepted()) {
        HG_CHECK(take_evidence_only(intake.contents(), request, parts));
        return report;
    }
    report.files = intake.stored().size();
    report.bytes = intake.stored_bytes();
    HG_TRY(report.run, follow(intake.contents(), request, fit.cursor, parts));
    HG_CHECK(drop_unused(*catalog, *blobs, intake.carried()));
    return report;
}

}  // namespace heliograph::mirror
