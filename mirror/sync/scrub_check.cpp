// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/blob_check.hpp>
#include <mirror/sync/page_set.hpp>
#include <mirror/sync/scrub_check.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <future>
#include <iterator>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace heliograph::mirror {

namespace {

std::span<const verify::RootEntry> first_of(std::span<const verify::RootEntry> projects) {
    // Enough for all cores, and little enough that two of them are held in memory.
    constexpr std::size_t at_once = 64;
    return projects.first(projects.size() < at_once ? projects.size() : at_once);
}

// A page must not name a file that no record knows: clients would get 404 for what the page
// promises, without the reason that a filter gives.
void check_records(
    const verify::ProjectPage& page,
    const std::vector<FileRecord>& records,
    const std::vector<LeftOutFile>& left_out,
    verify::Verdict& verdict
) {
    std::unordered_map<std::string, const FileRecord*> record_at;
    for (const auto& record : records) {
        record_at.emplace(record.path.absolute(), &record);
    }
    std::unordered_set<std::string> left_out_at;
    for (const auto& file : left_out) {
        left_out_at.insert(file.path.absolute());
    }
    const auto is_known = [&](const verify::PageFile& file, const std::string& place) {
        const auto found = record_at.find(place);
        if (found == record_at.end()) {
            return false;
        }
        const auto& metadata = found->second->metadata;
        const auto& provenance = found->second->provenance;
        return (!file.core_metadata || (metadata && metadata->digest == *file.core_metadata)) &&
               (!file.provenance || (provenance && provenance->digest == *file.provenance));
    };
    for (const auto& file : page.files) {
        const auto place = file.path().absolute();
        if (!left_out_at.contains(place) && !is_known(file, place)) {
            verdict.add(damage_finding(
                "stored-record-missing",
                "file " + file.name.text(),
                "a record of this file, which the page names",
                "none"
            ));
        }
    }
}

// Parts of a fact, each with its length before it, so that no two facts have the same bytes.
class FactHasher {
  public:
    FactHasher& add(ByteSpan bytes) {
        number(bytes.size());
        m_hasher.update(bytes);
        return *this;
    }
    FactHasher& number(std::uint64_t value) {
        m_hasher.update(std::as_bytes(std::span(&value, 1)));
        return *this;
    }
    [[nodiscard]] pki::Sha256 finish() { return m_hasher.finish(); }

  private:
    pki::Sha256Hasher m_hasher;
};

pki::Sha256 basis_of(const verify::SignerSet& signers) {
    FactHasher hasher;
    const auto& policy = signers.policy();
    for (const auto demand : {policy.page_signature, policy.revocation, policy.serial}) {
        hasher.number(static_cast<std::uint64_t>(demand));
    }
    hasher.number(signers.findings().size());
    for (const auto& candidate : signers.candidates()) {
        if (candidate.verdict.accepted()) {
            hasher.add(candidate.certificate.fingerprint().span());
        }
    }
    return hasher.finish();
}

std::uint64_t prefix_of(const pki::Sha256& digest) {
    std::uint64_t prefix = 0;
    std::memcpy(&prefix, digest.bytes.data(), sizeof prefix);
    return prefix;
}

std::uint64_t nanoseconds(const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

// Where and how a blob lies; none of a blob that was changed so lately that a further change could
// bear the same time.
Result<std::optional<SoundFact>> fact_of_blob(
    const OpenBlob& blob, const pki::Sha256& digest, Instant started
) {
    constexpr std::int64_t settled_seconds = 2;
    struct stat status {};
    if (::fstat(blob.descriptor.get(), &status) != 0) {
        return blob_error(errno, "look at the blob " + digest.to_hex());
    }
    if (status.st_ctim.tv_sec + settled_seconds > started.time_since_epoch().count()) {
        return std::optional<SoundFact>();
    }
    FactHasher hasher;
    hasher.add(digest.span())
        .number(status.st_ino)
        .number(static_cast<std::uint64_t>(status.st_size))
        .number(nanoseconds(status.st_mtim))
        .number(nanoseconds(status.st_ctim));
    return std::optional(fact_of(hasher.finish()));
}

}  // namespace

// One project while it is looked at.
struct ScrubCheck::Case {
    verify::RootEntry project;
    std::optional<LocalPages> pages;
    std::vector<FileRecord> files;
    std::vector<LeftOutFile> left_out;
    verify::Verdict verdict;
    std::vector<BlobClaim> damaged;
};

// A claim on a blob; none: the pages of a case, which come as its first piece of work.
struct ScrubCheck::Piece {
    std::size_t owner = 0;
    std::optional<BlobClaim> claim;
};

struct ScrubCheck::Batch {
    std::vector<Case> cases;
    std::vector<Piece> pieces;
};

struct ScrubCheck::Counts {
    std::atomic<std::size_t> blobs{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::size_t> unread{0};
};

ScrubCheck::ScrubCheck(const Parts& parts, ScrubMemory& memory, ScrubRate& rate)
    : m_parts(parts), m_memory(memory), m_rate(rate), m_basis(basis_of(parts.signers)) {
}

Result<ScrubCheck::Case> ScrubCheck::read_case(const verify::RootEntry& project) const {
    Case one{
        .project = project, .pages = {}, .files = {}, .left_out = {}, .verdict = {}, .damaged = {}};
    HG_TRY(one.pages, read_local_pages(m_parts.catalog, project.name));
    HG_TRY(one.files, m_parts.catalog.files(project.name));
    HG_TRY(one.left_out, m_parts.catalog.left_out_files(project.name));
    // Files that a quarantine keeps back must be whole when it ends.
    HG_TRY(auto withheld, m_parts.catalog.withheld_files(project.name));
    std::move(withheld.begin(), withheld.end(), std::back_inserter(one.files));
    return one;
}

SoundFact ScrubCheck::fact_of_case(const Case& one) const {
    FactHasher hasher;
    hasher.add(m_basis.span()).add(bytes_of(one.project.name.text()));
    for (const auto* page : {&one.pages->pages.html, &one.pages->pages.json}) {
        hasher.add(pki::sha256(page->body).span());
        hasher.add(page->signature ? ByteSpan(*page->signature) : ByteSpan());
    }
    for (const auto& file : one.files) {
        hasher.add(bytes_of(file.path.absolute())).number(file.size_bytes);
        for (const auto& claim : claims_of(file)) {
            hasher.add(claim.digest.span()).number(claim.size_bytes);
        }
    }
    for (const auto& file : one.left_out) {
        hasher.add(bytes_of(file.path.absolute()));
    }
    return fact_of(hasher.finish());
}

Outcome ScrubCheck::judge(Case& one) {
    if (!one.pages) {
        one.verdict.add(damage_finding(
            "stored-page-damaged",
            "page of project " + one.project.name.text(),
            "both forms of the page",
            "one form"
        ));
        return {};
    }
    const bool kept = digests_of(one.pages->pages) == one.pages->digests;
    if (!kept) {
        // Of a page that nobody signed, nothing else need tell.
        one.verdict.add(damage_finding(
            "stored-page-damaged",
            "page of project " + one.project.name.text(),
            "both forms with the digests under which they were stored",
            "others"
        ));
    }
    const auto fact = fact_of_case(one);
    if (kept && m_parts.options.unchanged == ScrubOptions::Unchanged::counts_as_sound &&
        m_memory.knows(fact)) {
        m_memory.remember(fact);
        one.verdict.pass("page of project " + one.project.name.text());
        return {};
    }
    const ProjectTask task{
        .project = one.project.name, .wanted = one.project.serial, .digests = std::nullopt};
    HG_TRY(
        auto judgement,
        judge_page_set(
            one.pages->pages,
            {.signers = m_parts.signers,
             .state = {},
             .task = task,
             .source = std::string(scrubbed_folder)}
        )
    );
    one.verdict.merge(std::move(judgement.verdict));
    if (judgement.page) {
        check_records(*judgement.page, one.files, one.left_out, one.verdict);
    }
    if (one.verdict.accepted()) {
        m_memory.remember(fact);
    }
    return {};
}

Result<std::optional<verify::Finding>> ScrubCheck::check_blob(
    const BlobClaim& claim, Counts& counts
) {
    auto checked = read_blob_whole(claim, counts);
    if (checked) {
        return checked;
    }
    HG_TRY(auto finding, finding_of(claim, checked.error()));
    return std::optional(std::move(finding));
}

Result<std::optional<verify::Finding>> ScrubCheck::read_blob_whole(
    const BlobClaim& claim, Counts& counts
) {
    HG_TRY(const auto blob, m_parts.blobs.open(claim.digest));
    HG_TRY(const auto fact, fact_of_blob(blob, claim.digest, m_parts.started));
    if (m_parts.options.unchanged == ScrubOptions::Unchanged::counts_as_sound && fact &&
        blob.size_bytes == claim.size_bytes && m_memory.knows(*fact)) {
        m_memory.remember(*fact);
        counts.unread.fetch_add(1);
        return std::optional<verify::Finding>();
    }
    HG_TRY(const auto seen, hash_blob(blob, [this](std::uint64_t bytes) {
               return m_rate.spend(bytes);
           }));
    counts.blobs.fetch_add(1);
    counts.bytes.fetch_add(blob.size_bytes);
    if (seen == claim.digest) {
        if (fact) {
            m_memory.remember(*fact);
        }
        return std::optional<verify::Finding>();
    }
    if (fact) {
        m_memory.forget(*fact);
    }
    return std::optional(content_finding(claim, blob, seen));
}

Result<ScrubCheck::Batch> ScrubCheck::read_batch(std::span<const verify::RootEntry> projects
) const {
    Batch batch;
    batch.cases.reserve(projects.size());
    for (const auto& project : projects) {
        HG_TRY(auto one, read_case(project));
        batch.pieces.push_back({.owner = batch.cases.size(), .claim = std::nullopt});
        for (const auto& file : one.files) {
            for (auto& claim : claims_of(file)) {
                batch.pieces.push_back({.owner = batch.cases.size(), .claim = std::move(claim)});
            }
        }
        batch.cases.push_back(std::move(one));
    }
    return batch;
}

// What a look at one of its blobs came to.
void ScrubCheck::take(Case& one, BlobClaim claim, std::optional<verify::Finding> damage) {
    if (!damage) {
        one.verdict.pass(std::move(claim.subject));
        return;
    }
    one.verdict.add(*std::move(damage));
    one.damaged.push_back(std::move(claim));
}

Outcome ScrubCheck::look_at(Batch& batch, ScrubReport& report) {
    Counts counts;
    std::vector<std::optional<verify::Finding>> damage(batch.pieces.size());
    const auto look_at_piece = [&](std::size_t at) -> Outcome {
        const auto& piece = batch.pieces[at];
        HG_CHECK(m_rate.spend(0));
        if (!piece.claim) {
            return judge(batch.cases[piece.owner]);
        }
        HG_TRY(damage[at], check_blob(*piece.claim, counts));
        return {};
    };
    HG_CHECK(for_each_piece(batch.pieces.size(), m_parts.options.workers, look_at_piece));
    for (std::size_t at = 0; at < batch.pieces.size(); ++at) {
        auto& piece = batch.pieces[at];
        if (piece.claim) {
            m_named.push_back(prefix_of(piece.claim->digest));
            take(batch.cases[piece.owner], *std::move(piece.claim), std::move(damage[at]));
        }
    }
    report.projects += batch.cases.size();
    report.blobs += counts.blobs.load();
    report.bytes += counts.bytes.load();
    report.unread += counts.unread.load();
    for (auto& one : batch.cases) {
        if (!one.verdict.accepted()) {
            report.damage.push_back(
                {.project = one.project.name,
                 .verdict = std::move(one.verdict),
                 .reason = {},
                 .blobs = std::move(one.damaged)}
            );
        }
    }
    return {};
}

Outcome ScrubCheck::run(
    std::span<const verify::RootEntry> projects, ScrubReport& report, const Progress& told
) {
    auto some = first_of(projects);
    auto batch = read_batch(some);
    while (!some.empty()) {
        HG_CHECK(batch);
        projects = projects.subspan(some.size());
        const auto next = first_of(projects);
        auto next_batch = std::async(std::launch::async | std::launch::deferred, [this, next] {
            return read_batch(next);
        });
        HG_CHECK(look_at(*batch, report));
        told(some);
        batch = next_batch.get();
        some = next;
    }
    return {};
}

std::size_t ScrubCheck::count_orphans(std::span<const pki::Sha256> stored) const {
    auto named = m_named;
    std::sort(named.begin(), named.end());
    return static_cast<std::size_t>(std::count_if(
        stored.begin(),
        stored.end(),
        [&](const pki::Sha256& digest) {
            return !std::binary_search(named.begin(), named.end(), prefix_of(digest));
        }
    ));
}

}  // namespace heliograph::mirror
