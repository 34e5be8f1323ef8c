// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/unnamed_blob.hpp>
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/page_set.hpp>
#include <mirror/sync/scrub.hpp>
#include <mirror/sync/signer_evidence.hpp>
#include <mirror/sync/worker.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view this_folder = "this folder";

verify::Finding finding(
    std::string id, std::string subject, std::string expected, std::string seen
) {
    return {
        .id = std::move(id),
        .subject = std::move(subject),
        .expected = std::move(expected),
        .seen = std::move(seen),
        .source = std::string(this_folder),
        .advice = "repair it: mirror verify --repair",
    };
}

// What a record says that a blob must be.
struct BlobClaim {
    std::string subject;
    pki::Sha256 digest;
    std::uint64_t size_bytes = 0;
};

std::vector<BlobClaim> claims_of(const FileRecord& file) {
    const auto& name = file.path.name().text();
    std::vector<BlobClaim> claims{{"file " + name, file.path.digest(), file.size_bytes}};
    if (file.metadata) {
        claims.push_back({"metadata of " + name, file.metadata->digest, file.metadata->size_bytes});
    }
    return claims;
}

class Scrub {
  public:
    Scrub(const ScrubParts& parts, const SyncOptions& options, const verify::SignerSet& signers)
        : m_parts(parts), m_options(options), m_signers(signers) {}

    Result<ScrubReport> run() {
        HG_TRY(const auto projects, m_parts.catalog.projects());
        m_parts.events.emit(
            {.level = EventLevel::debug,
             .name = "scrub.plan",
             .fields = {{"projects", std::to_string(projects.size())}}}
        );
        for (const auto& project : projects) {
            if (m_options.stop.stop_requested()) {
                return Error(ErrorCode::cancelled, "the check was stopped before its end");
            }
            HG_TRY(auto damage, check(project));
            ++m_report.projects;
            m_parts.events.emit(
                {.level = EventLevel::debug,
                 .name = "scrub.project.checked",
                 .fields = {{"project", project.name.text()}}}
            );
            if (!damage.verdict.accepted()) {
                m_report.damage.push_back(std::move(damage));
            }
        }
        HG_CHECK(count_orphans());
        if (m_parts.upstream != nullptr) {
            HG_CHECK(repair());
        }
        emit();
        return std::move(m_report);
    }

  private:
    Result<ScrubDamage> check(const verify::RootEntry& project) {
        ScrubDamage damage{.project = project.name, .verdict = {}, .reason = {}};
        HG_TRY(const auto page, check_pages(project, damage.verdict));
        HG_TRY(const auto files, m_parts.catalog.files(project.name));
        for (const auto& file : files) {
            for (const auto& claim : claims_of(file)) {
                HG_CHECK(check_blob(claim, damage.verdict));
            }
        }
        if (page) {
            check_records(*page, files, damage.verdict);
        }
        return damage;
    }

    Result<std::optional<verify::ProjectPage>> check_pages(
        const verify::RootEntry& project, verify::Verdict& verdict
    ) {
        HG_TRY(const auto local, read_local_pages(m_parts.catalog, project.name));
        if (!local) {
            verdict.add(finding(
                "stored-page-damaged",
                "page of project " + project.name.text(),
                "both forms of the page",
                "one form"
            ));
            return std::optional<verify::ProjectPage>();
        }
        const ProjectTask task{
            .project = project.name, .wanted = project.serial, .digests = std::nullopt};
        HG_TRY(
            auto judgement,
            judge_page_set(
                local->pages,
                {.signers = m_signers,
                 .state = {},
                 .task = task,
                 .source = std::string(this_folder)}
            )
        );
        verdict.merge(std::move(judgement.verdict));
        return std::move(judgement.page);
    }

    Outcome check_blob(const BlobClaim& claim, verify::Verdict& verdict) {
        const auto blob = m_parts.blobs.open(claim.digest);
        if (!blob) {
            if (blob.error().code() != ErrorCode::not_found) {
                return blob.error();
            }
            verdict.add(finding(
                "stored-blob-missing",
                claim.subject,
                "a blob with sha256 " + claim.digest.to_hex(),
                "none"
            ));
            return {};
        }
        HG_TRY(const auto seen, hash_blob(m_parts.blobs, claim.digest));
        ++m_report.blobs;
        m_report.bytes += blob->size_bytes;
        if (seen == claim.digest) {
            verdict.pass(claim.subject);
            return {};
        }
        verdict.add(finding(
            "stored-blob-damaged",
            claim.subject,
            std::to_string(claim.size_bytes) + " bytes with sha256 " + claim.digest.to_hex(),
            std::to_string(blob->size_bytes) + " bytes with sha256 " + seen.to_hex()
        ));
        return {};
    }

    // A page must not name a file that no record knows: clients would get 404 for what the page
    // promises.
    static void check_records(
        const verify::ProjectPage& page,
        const std::vector<FileRecord>& records,
        verify::Verdict& verdict
    ) {
        for (const auto& file : page.files) {
            const auto record =
                std::find_if(records.begin(), records.end(), [&](const FileRecord& candidate) {
                    return candidate.path == file.path();
                });
            const bool known =
                record != records.end() &&
                (!file.core_metadata ||
                 (record->metadata && record->metadata->digest == *file.core_metadata));
            if (!known) {
                verdict.add(finding(
                    "stored-record-missing",
                    "file " + file.name.text(),
                    "a record of this file, which the page names",
                    "none"
                ));
            }
        }
    }

    Outcome count_orphans() {
        if (m_parts.upstream != nullptr) {
            HG_TRY(m_report.orphans, sweep_blobs(m_parts.catalog, m_parts.blobs));
            return {};
        }
        HG_TRY(const auto all, m_parts.blobs.list());
        for (const auto& digest : all) {
            HG_TRY(const bool named, m_parts.catalog.names_blob(digest));
            m_report.orphans += named ? 0U : 1U;
        }
        return {};
    }

    Outcome repair() {
        if (m_report.damage.empty()) {
            return {};
        }
        HG_TRY(
            const auto evidence,
            take_signer_evidence(
                {.catalog = m_parts.catalog,
                 .blobs = m_parts.blobs,
                 .upstream = *m_parts.upstream,
                 .trust = m_parts.trust,
                 .clock = m_parts.clock,
                 .events = m_parts.events},
                m_options.policy
            )
        );
        ProjectWorker worker(
            {.catalog = m_parts.catalog,
             .blobs = m_parts.blobs,
             .upstream = *m_parts.upstream,
             .signers = evidence.signers}
        );
        for (auto& damage : m_report.damage) {
            HG_CHECK(repair_one(worker, damage));
        }
        return {};
    }

    Outcome repair_one(ProjectWorker& worker, ScrubDamage& damage) {
        // First out of service: whatever comes of the repair, no client gets the damaged bytes any
        // more.
        HG_TRY(const auto files, m_parts.catalog.files(damage.project));
        for (const auto& file : files) {
            for (const auto& claim : claims_of(file)) {
                const auto seen = hash_blob(m_parts.blobs, claim.digest);
                if (seen && *seen != claim.digest) {
                    HG_CHECK(m_parts.blobs.remove(claim.digest));
                }
            }
        }
        HG_TRY(
            const auto outcome,
            worker.run(
                {.project = damage.project,
                 .wanted = {},
                 .digests = std::nullopt,
                 .reuse = ProjectTask::Reuse::refused}
            )
        );
        const bool mended = outcome.kind == ProjectOutcome::Kind::stored;
        damage.state = mended ? ScrubDamage::State::repaired : ScrubDamage::State::lost;
        damage.reason = outcome.reason;
        return {};
    }

    void emit() const {
        for (const auto& damage : m_report.damage) {
            m_parts.events.emit(
                {.level = EventLevel::warning,
                 .name = "scrub.project.damaged",
                 .fields =
                     {{"project", damage.project.text()}, {"verdict", damage.verdict.describe()}}}
            );
        }
    }

    const ScrubParts& m_parts;
    const SyncOptions& m_options;
    const verify::SignerSet& m_signers;
    ScrubReport m_report;
};

}  // namespace

bool ScrubReport::sound() const {
    return std::all_of(damage.begin(), damage.end(), [](const ScrubDamage& one) {
        return one.state == ScrubDamage::State::repaired;
    });
}

Result<ScrubReport> scrub(const ScrubParts& parts, const SyncOptions& options) {
    HG_TRY(
        const auto signers,
        judge_stored_evidence(parts.catalog, parts.trust, options.policy, parts.clock.now())
    );
    return Scrub(parts, options, signers).run();
}

Result<ScrubReport> scrub_folder(
    const MirrorFolder& folder,
    Transport* transport,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
) {
    HG_TRY(const auto lock, folder.lock());
    HG_TRY(const auto trust, read_trust(folder));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    std::optional<Upstream> upstream;
    if (transport != nullptr) {
        HG_TRY(auto access, reach_upstream(folder, trust, options, clock));
        upstream.emplace(*transport, std::move(access));
    }
    return scrub(
        {.catalog = *catalog,
         .blobs = *blobs,
         .trust = trust,
         .clock = clock,
         .events = events,
         .upstream = upstream ? &*upstream : nullptr},
        options
    );
}

}  // namespace heliograph::mirror
