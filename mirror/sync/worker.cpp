// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/worker.hpp>
#include <verify/index/page_json.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

void refuse(ProjectOutcome& outcome, verify::Verdict verdict) {
    outcome.kind = ProjectOutcome::Kind::refused;
    outcome.reason = verdict.describe();
    outcome.verdict = std::move(verdict);
}

void mark_gone(ProjectOutcome& outcome, const ProjectTask& task, const std::string& source) {
    outcome.kind = ProjectOutcome::Kind::gone;
    outcome.reason = "expected a page of project " + task.project.text() + " at serial " +
                     std::to_string(task.wanted.value) + " or higher from " + source +
                     ", it has none and announced no removal; it is asked again";
}

// A page that was made here from one without sizes (PEP 700) gets those of the files that came.
void state_sizes(FreshProject& fresh) {
    bool stated = false;
    for (std::size_t at = 0; at < fresh.page.files.size(); ++at) {
        auto& file = fresh.page.files[at];
        if (!file.size_bytes) {
            file.size_bytes = fresh.files[at].size_bytes;
            stated = true;
        }
    }
    if (stated) {
        fresh.pages.json.body = to_bytes(bytes_of(verify::render_page_json(fresh.page)));
    }
}

// The record of exactly this file, with the documents that the page names; null when it is another.
const FileRecord* find_record(
    const std::vector<FileRecord>& records, const verify::PageFile& file
) {
    const auto found = std::lower_bound(
        records.begin(),
        records.end(),
        file.name,
        [](const FileRecord& record, const verify::DistFileName& name) {
            return record.path.name().text() < name.text();
        }
    );
    if (found == records.end() || found->path != file.path() ||
        (file.size_bytes && found->size_bytes != *file.size_bytes)) {
        return nullptr;
    }
    const auto digest_of = [](const std::optional<MetadataRecord>& document) {
        return document ? std::optional(document->digest) : std::nullopt;
    };
    const bool same = digest_of(found->metadata) == file.core_metadata &&
                      digest_of(found->provenance) == file.provenance;
    return same ? &*found : nullptr;
}

}  // namespace

bool stops_the_run(ErrorCode code) {
    switch (code) {
        case ErrorCode::denied:
        case ErrorCode::io:
        case ErrorCode::conflict:
        case ErrorCode::crypto:
        case ErrorCode::internal:
        case ErrorCode::cancelled:
        case ErrorCode::exists:
            return true;
        case ErrorCode::invalid_argument:
        case ErrorCode::malformed:
        case ErrorCode::too_large:
        case ErrorCode::not_found:
        case ErrorCode::network:
        case ErrorCode::timeout:
        case ErrorCode::stale:
        case ErrorCode::unsupported:
        case ErrorCode::refused:
            return false;
    }
    return true;
}

std::uint64_t PreparedTask::size_bytes() const {
    return local ? local->pages.html.body.size() + local->pages.json.body.size() : 0;
}

Delivery ProjectWorker::run(const PreparedTask& prepared) {
    const auto& task = prepared.task;
    Delivery delivery{
        .task = task,
        .outcome =
            {.project = task.project,
             .serial = prepared.local ? prepared.local->serial : verify::Serial{},
             .verdict = {},
             .reason = {},
             .failure = {}},
        .fresh = {},
        .blobs = {},
        .fault = {},
        .wish = {}};
    auto done = attempt(prepared, delivery);
    delivery.wish = m_parts.upstream.take_wish();
    if (delivery.blobs) {
        delivery.blobs->rest();
    }
    if (done) {
        return delivery;
    }
    delivery.fresh.reset();
    if (stops_the_run(done.error().code())) {
        delivery.fault = std::move(done).error().at("project " + task.project.text());
        return delivery;
    }
    delivery.outcome.kind = ProjectOutcome::Kind::failed;
    delivery.outcome.reason = done.error().describe();
    delivery.outcome.failure = std::move(done).error();
    return delivery;
}

Outcome ProjectWorker::attempt(const PreparedTask& prepared, Delivery& delivery) {
    auto& outcome = delivery.outcome;
    HG_TRY(auto judged, get_judged(prepared, delivery));
    if (!judged) {
        return {};
    }
    FreshProject fresh{
        .pages = std::move(judged->answer.pages),
        .page = *std::move(judged->judgement.page),
        .files = {},
        .tag = std::move(judged->answer.tag),
        .left_out = std::move(judged->answer.left_out)};
    HG_CHECK(get_files(prepared, fresh, delivery));
    if (outcome.kind == ProjectOutcome::Kind::refused) {
        return {};
    }
    if (m_parts.upstream.vouching() == Vouching::hashes_and_tls) {
        state_sizes(fresh);
        judged->judgement.verdict.merge(std::move(judged->answer.reading));
    }
    outcome.kind = ProjectOutcome::Kind::stored;
    outcome.serial = fresh.page.serial;
    outcome.verdict = std::move(judged->judgement.verdict);
    delivery.fresh = std::move(fresh);
    return {};
}

Result<std::optional<ProjectWorker::JudgedAnswer>> ProjectWorker::get_judged(
    const PreparedTask& prepared, Delivery& delivery
) {
    const auto& task = prepared.task;
    verify::TrustState state;
    if (prepared.floor) {
        state.remember(task.project, *prepared.floor);
    }
    const PageSetBasis basis{
        .signers = *prepared.signers,
        .state = state,
        .task = task,
        .source = m_parts.upstream.source()};
    JudgedAnswer judged;
    // Twice: the upstream may publish between our questions, and then the forms do not fit.
    for (int tries = 0; tries < 2 && !judged.judgement.page; ++tries) {
        HG_TRY(judged.answer, get_pages(prepared));
        if (is_settled(judged.answer, delivery)) {
            return std::optional<JudgedAnswer>();
        }
        HG_TRY(judged.judgement, judge_page_set(judged.answer.pages, basis));
    }
    if (!judged.judgement.page) {
        refuse(delivery.outcome, std::move(judged.judgement.verdict));
        return std::optional<JudgedAnswer>();
    }
    return std::optional(std::move(judged));
}

// Whether the answer says by itself what becomes of the project.
bool ProjectWorker::is_settled(PageAnswer& answer, Delivery& delivery) const {
    const auto& task = delivery.task;
    auto& outcome = delivery.outcome;
    if (answer.state == PageAnswer::State::gone) {
        if (task.expect == ProjectTask::Expect::page) {
            mark_gone(outcome, task, m_parts.upstream.source());
        } else {
            outcome.kind = ProjectOutcome::Kind::removed;
            outcome.serial = {};
        }
        return true;
    }
    if (answer.reading.worst_cause()) {
        refuse(outcome, std::move(answer.reading));
        return true;
    }
    if (answer.state == PageAnswer::State::unchanged && task.reuse == ProjectTask::Reuse::asked) {
        delivery.tag = std::move(answer.tag);
        return true;
    }
    return false;
}

Result<PageAnswer> ProjectWorker::get_pages(const PreparedTask& prepared) {
    const auto& task = prepared.task;
    return m_parts.upstream.pages(
        {.project = task.project,
         .local = prepared.local ? &*prepared.local : nullptr,
         .reuse = task.reuse == ProjectTask::Reuse::refused ? PageQuestion::Reuse::refused
                                                            : PageQuestion::Reuse::allowed,
         .tag = prepared.tag,
         .next = prepared.next,
         .filter = prepared.filter,
         .now = prepared.now}
    );
}

Outcome ProjectWorker::get_files(
    const PreparedTask& prepared, FreshProject& fresh, Delivery& delivery
) {
    const bool may_reuse = prepared.task.reuse != ProjectTask::Reuse::refused;
    fresh.files.reserve(fresh.page.files.size());
    // A page that was made here names what is wanted already.
    const bool as_signed = m_parts.upstream.vouching() == Vouching::signatures;
    const FileFilter everything;
    const auto decisions = decide_files(
        as_signed && prepared.filter != nullptr ? *prepared.filter : everything,
        fresh.page,
        prepared.now
    );
    if (as_signed) {
        fresh.left_out.emplace();
    }
    for (std::size_t at = 0; at < fresh.page.files.size(); ++at) {
        const auto& file = fresh.page.files[at];
        if (const auto& decision = decisions[at]; decision.left_out) {
            fresh.left_out->push_back(left_out_by(decision, file));
            continue;
        }
        // What was verified when it came is not read again.
        const auto* known = may_reuse ? find_record(prepared.files, file) : nullptr;
        if (known != nullptr) {
            fresh.files.push_back(*known);
            continue;
        }
        HG_CHECK(get_file(file, fresh, delivery));
        if (delivery.outcome.kind == ProjectOutcome::Kind::refused) {
            return {};
        }
    }
    return {};
}

Outcome ProjectWorker::get_file(
    const verify::PageFile& file, FreshProject& fresh, Delivery& delivery
) {
    FileRecord record{.path = file.path(), .metadata = std::nullopt};
    HG_TRY(auto held, held_content(m_parts.blobs, file));
    if (!held) {
        HG_TRY(
            held,
            get_blob(
                {file, NamedBlob::Part::content},
                verify::expect_file(file, m_parts.upstream.source()),
                delivery
            )
        );
    }
    record.size_bytes = held.value_or(0);
    HG_TRY(
        record.metadata,
        get_document(
            {file, NamedBlob::Part::metadata},
            {.digest = file.core_metadata, .limit_bytes = verify::limits::core_metadata_bytes},
            delivery
        )
    );
    HG_TRY(
        record.provenance,
        get_document(
            {file, NamedBlob::Part::provenance},
            {.digest = file.provenance, .limit_bytes = verify::limits::provenance_bytes},
            delivery
        )
    );
    fresh.files.push_back(std::move(record));
    return {};
}

Result<std::optional<MetadataRecord>> ProjectWorker::get_document(
    const WantedBlob& wanted, const DocumentClaim& claim, Delivery& delivery
) {
    if (!claim.digest || delivery.outcome.kind == ProjectOutcome::Kind::refused) {
        return std::optional<MetadataRecord>();
    }
    HG_TRY(auto held, held_document(m_parts.blobs, *claim.digest));
    if (!held) {
        const std::string_view word =
            wanted.part == NamedBlob::Part::metadata ? "metadata of " : "provenance of ";
        HG_TRY(
            held,
            get_blob(
                wanted,
                {.subject = std::string(word) + wanted.file.name.text(),
                 .sha256 = *claim.digest,
                 .size_bytes = std::nullopt,
                 .source = m_parts.upstream.source(),
                 .limit_bytes = claim.limit_bytes},
                delivery
            )
        );
    }
    return std::optional(MetadataRecord{.digest = *claim.digest, .size_bytes = held.value_or(0)});
}

Result<std::optional<std::uint64_t>> ProjectWorker::get_blob(
    const WantedBlob& wanted, verify::FileExpectation expectation, Delivery& delivery
) {
    const auto expected = expectation.sha256;
    const auto path = wanted.file.path();
    if (!delivery.blobs) {
        HG_TRY(delivery.blobs, m_parts.blobs.begin_batch());
    }
    HG_TRY(const auto blob, delivery.blobs->begin_resumable(expected));
    const auto download = [&]() -> Result<verify::Verdict> {
        switch (wanted.part) {
            case NamedBlob::Part::metadata:
                return m_parts.upstream.download_metadata(path, std::move(expectation), *blob);
            case NamedBlob::Part::provenance:
                return m_parts.upstream.download_provenance(path, std::move(expectation), *blob);
            case NamedBlob::Part::content:
                break;
        }
        return m_parts.upstream.download_file(path, std::move(expectation), *blob);
    };
    auto verdict = download();
    if (!verdict) {
        // What came before the line was cut is no worse for that.
        if (is_transport_failure(verdict.error()) ||
            verdict.error().code() == ErrorCode::cancelled) {
            blob->keep();
        }
        return std::move(verdict).error();
    }
    if (!verdict->accepted()) {
        refuse(delivery.outcome, *std::move(verdict));
        return std::optional<std::uint64_t>();
    }
    const auto size_bytes = blob->size_bytes();
    HG_TRY(const auto digest, blob->commit());
    HG_ASSERT(digest == expected);
    delivery.outcome.files += 1;
    delivery.outcome.bytes += size_bytes;
    return std::optional(size_bytes);
}

}  // namespace heliograph::mirror
