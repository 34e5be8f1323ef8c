// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/unnamed_blob.hpp>
#include <mirror/sync/blob_check.hpp>
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/scrub.hpp>
#include <mirror/sync/scrub_check.hpp>
#include <mirror/sync/signer_evidence.hpp>
#include <mirror/sync/store_group.hpp>

#include <algorithm>
#include <cstddef>
#include <future>
#include <memory>
#include <random>
#include <span>
#include <utility>

namespace heliograph::mirror {

namespace {

class Scrub {
  public:
    Scrub(const ScrubParts& parts, const ScrubOptions& options, const verify::SignerSet& signers)
        : m_parts(parts),
          m_options(options),
          m_memory(parts.memory.empty() ? ScrubMemory() : ScrubMemory::load(parts.memory)),
          m_rate(options.bytes_per_second, options.sync.stop),
          m_signers(signers),
          m_check(
              {.catalog = parts.catalog,
               .blobs = parts.blobs,
               .signers = signers,
               .options = options,
               .started = parts.clock.now()},
              m_memory,
              m_rate
          ) {}

    Result<ScrubReport> run() {
        HG_TRY(const auto projects, choose());
        m_parts.events.emit(
            {.level = EventLevel::debug,
             .name = "scrub.plan",
             .fields = {{"projects", std::to_string(projects.size())}}}
        );
        auto stored = list_stored();
        HG_CHECK(m_check.run(projects, m_report, [this](const auto& some) { tell(some); }));
        if (looks_at_all()) {
            HG_CHECK(count_orphans(stored));
        }
        save();
        if (m_parts.upstream != nullptr) {
            HG_CHECK(repair());
        }
        emit();
        return std::move(m_report);
    }

  private:
    [[nodiscard]] bool looks_at_all() const { return !m_options.sample_files && !m_options.only; }

    Result<std::vector<verify::RootEntry>> choose() const {
        if (m_options.only) {
            return *m_options.only;
        }
        HG_TRY(auto projects, m_parts.catalog.projects());
        if (m_options.sample_files) {
            return draw(std::move(projects));
        }
        return projects;
    }

    // Projects at random, until they hold as many files as are asked for.
    Result<std::vector<verify::RootEntry>> draw(std::vector<verify::RootEntry> projects) const {
        std::mt19937_64 source(std::random_device{}());
        std::shuffle(projects.begin(), projects.end(), source);
        std::size_t files = 0;
        std::size_t drawn = 0;
        while (drawn < projects.size() && files < *m_options.sample_files) {
            HG_TRY(const auto records, m_parts.catalog.files(projects[drawn].name));
            files += records.size();
            ++drawn;
        }
        projects.erase(projects.begin() + static_cast<std::ptrdiff_t>(drawn), projects.end());
        return projects;
    }

    void tell(std::span<const verify::RootEntry> projects) const {
        for (const auto& project : projects) {
            m_parts.events.emit(
                {.level = EventLevel::debug,
                 .name = "scrub.project.checked",
                 .fields = {{"project", project.name.text()}}}
            );
        }
    }

    // Before any repair: what is mended is read again by the next check.
    void save() {
        if (m_parts.memory.empty()) {
            return;
        }
        const auto saved = m_memory.save(
            m_parts.memory,
            looks_at_all() ? ScrubMemory::Keep::remembered : ScrubMemory::Keep::known_and_remembered
        );
        if (!saved) {
            // What was found counts all the same; only the next quick check is a full one.
            m_parts.events.emit(
                {.level = EventLevel::warning,
                 .name = "scrub.memory.lost",
                 .fields = {{"reason", saved.error().describe()}}}
            );
        }
    }

    using Stored = std::future<Result<std::vector<pki::Sha256>>>;

    // Beside the check: under the folder's lock nobody adds a blob meanwhile. None where a sample
    // is drawn, and where a repair lists what it sweeps.
    Stored list_stored() const {
        if (!looks_at_all() || m_parts.upstream != nullptr) {
            return {};
        }
        return std::async(std::launch::async | std::launch::deferred, [this] {
            return m_parts.blobs.list();
        });
    }

    Outcome count_orphans(Stored& stored) {
        if (!stored.valid()) {
            HG_TRY(m_report.orphans, sweep_blobs(m_parts.catalog, m_parts.blobs));
            return {};
        }
        HG_TRY(const auto blobs, stored.get());
        m_report.orphans = m_check.count_orphans(blobs);
        return {};
    }

    Outcome repair() {
        if (m_report.damage.empty()) {
            return {};
        }
        if (m_parts.upstream->vouching() == Vouching::hashes_and_tls) {
            return repair_all(m_signers);
        }
        const auto evidence = take_signer_evidence(
            {.catalog = m_parts.catalog,
             .blobs = m_parts.blobs,
             .upstream = *m_parts.upstream,
             .trust = m_parts.trust,
             .clock = m_parts.clock,
             .events = m_parts.events},
            m_options.sync.policy
        );
        if (evidence) {
            return repair_all(evidence->signers);
        }
        if (stops_the_run(evidence.error().code())) {
            return evidence.error();
        }
        return give_up_all(evidence.error());
    }

    Outcome give_up_all(const Error& failure) {
        for (auto& damage : m_report.damage) {
            HG_TRY(const auto files, m_parts.catalog.files(damage.project));
            HG_CHECK(take_out_of_service(files));
            HG_TRY(const auto serial, m_parts.catalog.newest_serial(damage.project));
            damage.state = ScrubDamage::State::lost;
            damage.reason = failure.describe();
            damage.failure = failure;
            StoreGroup group(m_parts.catalog, m_parts.blobs);
            park(group, damage, serial.value_or(verify::Serial{}));
            HG_CHECK(group.commit());
        }
        return {};
    }

    // Whatever comes of the repair, no client gets the damaged bytes any more.
    Outcome take_out_of_service(const std::vector<FileRecord>& files) {
        for (const auto& file : files) {
            for (const auto& claim : claims_of(file)) {
                const auto seen = hash_blob(m_parts.blobs, claim.digest);
                if (seen && *seen != claim.digest) {
                    HG_CHECK(m_parts.blobs.remove(claim.digest));
                }
            }
        }
        return {};
    }

    // The next run of sync tries again.
    void park(StoreGroup& group, const ScrubDamage& damage, verify::Serial wanted) const {
        const auto now = m_parts.clock.now();
        group.park(
            {.project = damage.project,
             .wanted = wanted,
             .cause = PendingCause::failed,
             .reason = "damaged here, and not to be had again: " + damage.reason,
             .attempts = 1,
             .since = now,
             .last_try = now,
             .next_try = now}
        );
    }

    Outcome repair_all(const verify::SignerSet& judges) {
        const auto signers = std::make_shared<const verify::SignerSet>(judges);
        for (auto& damage : m_report.damage) {
            HG_CHECK(repair_one(signers, damage));
        }
        return {};
    }

    // What changed meanwhile gets the serial that a run would give it.
    Result<std::optional<verify::Serial>> next_serial() const {
        HG_TRY(const auto upstream, m_parts.catalog.upstream_state());
        if (upstream.numbering != PageNumbering::own) {
            return std::optional<verify::Serial>();
        }
        HG_TRY(const auto newest, m_parts.catalog.newest_serial());
        HG_TRY(const auto state, m_parts.catalog.state());
        return std::optional(verify::Serial{std::max(newest, state.last_serial).value + 1});
    }

    Outcome repair_one(
        const std::shared_ptr<const verify::SignerSet>& signers, ScrubDamage& damage
    ) {
        HG_TRY(const auto files, m_parts.catalog.files(damage.project));
        HG_CHECK(take_out_of_service(files));
        HG_TRY(auto local, read_local_pages(m_parts.catalog, damage.project));
        const auto local_serial = local ? local->serial : verify::Serial{};
        HG_TRY(const auto floor, m_parts.catalog.newest_serial(damage.project));
        HG_TRY(const auto next, next_serial());
        ProjectWorker worker({.blobs = m_parts.blobs, .upstream = *m_parts.upstream});
        auto delivery = worker.run(
            {.task =
                 {.project = damage.project,
                  .wanted = {},
                  .digests = std::nullopt,
                  .reuse = ProjectTask::Reuse::refused},
             .local = std::move(local),
             .files = files,
             .floor = floor,
             .signers = signers,
             .next = next}
        );
        if (delivery.fault) {
            return *std::move(delivery.fault);
        }
        const auto& outcome = delivery.outcome;
        const bool mended = outcome.kind == ProjectOutcome::Kind::stored;
        damage.state = mended ? ScrubDamage::State::repaired : ScrubDamage::State::lost;
        damage.reason = outcome.reason;
        damage.failure = outcome.failure;
        StoreGroup group(m_parts.catalog, m_parts.blobs);
        HG_CHECK(group.take(delivery));
        if (mended) {
            group.settle(damage.project);
        } else {
            park(group, damage, local_serial);
        }
        HG_CHECK(group.commit());
        return group.drop_replaced();
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
    const ScrubOptions& m_options;
    ScrubMemory m_memory;
    ScrubRate m_rate;
    const verify::SignerSet& m_signers;
    ScrubCheck m_check;
    ScrubReport m_report;
};

}  // namespace

bool is_of_blob(const verify::Finding& finding) {
    return finding.id.starts_with("stored-blob-");
}

bool is_of_signer(const verify::Finding& finding) {
    return finding.id.starts_with("signer-") || finding.id.starts_with("revocation-");
}

bool ScrubDamage::is_of_signer_alone() const {
    const auto& findings = verdict.findings();
    return std::all_of(findings.begin(), findings.end(), is_of_signer);
}

bool ScrubReport::sound() const {
    return std::all_of(damage.begin(), damage.end(), [](const ScrubDamage& one) {
        return one.state == ScrubDamage::State::repaired;
    });
}

Result<ScrubReport> scrub(const ScrubParts& parts, const ScrubOptions& options) {
    HG_TRY(
        const auto signers,
        judge_stored_evidence(parts.catalog, parts.trust, options.sync.policy, parts.clock.now())
    );
    return Scrub(parts, options, signers).run();
}

Result<ScrubReport> scrub_folder(
    const MirrorFolder& named,
    Transport* transport,
    const ScrubOptions& options,
    const Clock& clock,
    EventSink& events
) {
    HG_TRY(const auto lock, named.lock());
    HG_TRY(const auto folder, MirrorFolder::open(named.path()));
    auto own_options = options;
    verify::TrustBundle trust;
    std::unique_ptr<Upstream> upstream;
    if (transport != nullptr) {
        HG_TRY(const auto following, follow_upstream(folder, options.sync, clock));
        upstream = open_upstream(following, *transport);
    }
    if (folder.marker().unsigned_terms) {
        own_options.sync.policy = verify::unsigned_page_policy();
    } else {
        HG_TRY(trust, read_trust(folder));
    }
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    return scrub(
        {.catalog = *catalog,
         .blobs = *blobs,
         .trust = trust,
         .clock = clock,
         .events = events,
         .upstream = upstream.get(),
         .memory = folder.path() / "checked.bin"},
        own_options
    );
}

}  // namespace heliograph::mirror
