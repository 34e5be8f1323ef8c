// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/unnamed_blob.hpp>
#include <mirror/sync/worker.hpp>
#include <verify/verdict/limits.hpp>

#include <map>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

// What is wrong with this machine or this run must not be held against a project.
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
        case ErrorCode::unsupported:
            return false;
    }
    return true;
}

void refuse(ProjectOutcome& outcome, verify::Verdict verdict) {
    outcome.kind = ProjectOutcome::Kind::refused;
    outcome.reason = verdict.describe();
    outcome.verdict = std::move(verdict);
}

void mark_gone(ProjectOutcome& outcome, const ProjectTask& task, const std::string& source) {
    outcome.kind = ProjectOutcome::Kind::gone;
    outcome.reason = "expected a page of project " + task.project.text() + " at serial " +
                     std::to_string(task.wanted.value) + " or higher from " + source +
                     ", it has none and announced no removal; the next run asks again";
}

}  // namespace

Result<ProjectOutcome> ProjectWorker::run(const ProjectTask& task) {
    ProjectOutcome outcome{
        .project = task.project, .serial = {}, .verdict = {}, .reason = {}, .failure = {}};
    auto done = attempt(task, outcome);
    if (!done) {
        if (stops_the_run(done.error().code())) {
            return std::move(done).error().at("project " + task.project.text());
        }
        outcome.kind = ProjectOutcome::Kind::failed;
        outcome.reason = done.error().describe();
        outcome.failure = std::move(done).error();
    }
    return outcome;
}

Outcome ProjectWorker::attempt(const ProjectTask& task, ProjectOutcome& outcome) {
    HG_TRY(const auto local, read_local_pages(m_parts.catalog, task.project));
    outcome.serial = local ? local->serial : verify::Serial{};
    HG_TRY(const bool here, is_here(task, local));
    if (here) {
        return {};
    }
    verify::TrustState state;
    if (local) {
        state.remember(task.project, local->serial);
    }
    std::optional<PageSet> pages;
    verify::PageJudgement judgement;
    // Twice: the upstream may publish between our questions, and then a page and its signature do
    // not fit.
    for (int tries = 0; tries < 2 && !judgement.page; ++tries) {
        HG_TRY(pages, get_pages(task, local));
        if (!pages) {
            if (task.expect == ProjectTask::Expect::page) {
                mark_gone(outcome, task, m_parts.upstream.source());
                return {};
            }
            outcome.kind = ProjectOutcome::Kind::removed;
            outcome.serial = {};
            return remove(task.project);
        }
        HG_TRY(
            judgement,
            judge_page_set(
                *pages,
                {.signers = m_parts.signers,
                 .state = state,
                 .task = task,
                 .source = m_parts.upstream.source()}
            )
        );
    }
    if (!judgement.page) {
        refuse(outcome, std::move(judgement.verdict));
        return {};
    }
    HG_CHECK(get_files(*judgement.page, outcome));
    if (outcome.kind == ProjectOutcome::Kind::refused) {
        return {};
    }
    HG_CHECK(store(*pages, *judgement.page));
    outcome.kind = ProjectOutcome::Kind::stored;
    outcome.serial = judgement.page->serial;
    outcome.verdict = std::move(judgement.verdict);
    return {};
}

Result<bool> ProjectWorker::is_here(
    const ProjectTask& task, const std::optional<LocalPages>& local
) {
    if (task.expect == ProjectTask::Expect::removal) {
        return !local.has_value();
    }
    if (!local || local->serial < task.wanted || task.reuse == ProjectTask::Reuse::refused) {
        return false;
    }
    const bool is_announced = local->serial == task.wanted && task.digests;
    if (is_announced && (pki::sha256(local->pages.html.body) != task.digests->html ||
                         pki::sha256(local->pages.json.body) != task.digests->json)) {
        return false;
    }
    HG_TRY(const auto files, m_parts.catalog.files(task.project));
    for (const auto& file : files) {
        HG_TRY(const bool held, holds_blobs(m_parts.blobs, file));
        if (!held) {
            return false;
        }
    }
    return true;
}

Result<std::optional<PageSet>> ProjectWorker::get_pages(
    const ProjectTask& task, const std::optional<LocalPages>& local
) {
    const bool may_reuse = local && task.reuse == ProjectTask::Reuse::allowed;
    PageSet pages;
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        const bool html = form == verify::PageForm::html;
        ServedPage& page = html ? pages.html : pages.json;
        std::optional<pki::Sha256> known;
        if (may_reuse) {
            known = pki::sha256(html ? local->pages.html.body : local->pages.json.body);
        }
        HG_TRY(auto answer, m_parts.upstream.page(task.project, form, known));
        switch (answer.state) {
            case PageAnswer::State::gone:
                return std::optional<PageSet>();
            case PageAnswer::State::same:
                page.body = html ? local->pages.html.body : local->pages.json.body;
                break;
            case PageAnswer::State::body:
                page.body = std::move(answer.body);
                break;
        }
        HG_TRY(page.signature, m_parts.upstream.signature(task.project, form));
    }
    return std::optional(std::move(pages));
}

Outcome ProjectWorker::get_files(const verify::ProjectPage& page, ProjectOutcome& outcome) {
    for (const auto& file : page.files) {
        HG_TRY(const auto needs, needs_of(file, m_parts.blobs));
        if (needs.content) {
            HG_CHECK(get_blob(
                {file, NamedBlob::Part::content},
                verify::expect_file(file, m_parts.upstream.source()),
                outcome
            ));
        }
        if (needs.metadata && outcome.kind != ProjectOutcome::Kind::refused) {
            HG_CHECK(get_blob(
                {file, NamedBlob::Part::metadata},
                {.subject = "metadata of " + file.name.text(),
                 .sha256 = *file.core_metadata,
                 .size_bytes = std::nullopt,
                 .source = m_parts.upstream.source(),
                 .limit_bytes = verify::limits::core_metadata_bytes},
                outcome
            ));
        }
        if (needs.provenance && outcome.kind != ProjectOutcome::Kind::refused) {
            HG_CHECK(get_blob(
                {file, NamedBlob::Part::provenance},
                {.subject = "provenance of " + file.name.text(),
                 .sha256 = *file.provenance,
                 .size_bytes = std::nullopt,
                 .source = m_parts.upstream.source(),
                 .limit_bytes = verify::limits::provenance_bytes},
                outcome
            ));
        }
        if (outcome.kind == ProjectOutcome::Kind::refused) {
            return {};
        }
    }
    return {};
}

Outcome ProjectWorker::get_blob(
    const WantedBlob& wanted, verify::FileExpectation expectation, ProjectOutcome& outcome
) {
    const auto expected = expectation.sha256;
    const auto path = wanted.file.path();
    HG_TRY(const auto blob, m_parts.blobs.begin());
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
    HG_TRY(auto verdict, download());
    if (!verdict.accepted()) {
        refuse(outcome, std::move(verdict));
        return {};
    }
    const auto size_bytes = blob->size_bytes();
    HG_ASSERT(blob->finish() == expected);
    HG_TRY([[maybe_unused]] const auto stored, blob->commit());
    outcome.files += 1;
    outcome.bytes += size_bytes;
    return {};
}

Result<FileRecord> ProjectWorker::record_of(const verify::PageFile& file) {
    HG_TRY(const auto content, m_parts.blobs.open(file.sha256));
    FileRecord record{
        .path = file.path(), .size_bytes = content.size_bytes, .metadata = std::nullopt};
    if (file.core_metadata) {
        HG_TRY(const auto text, m_parts.blobs.open(*file.core_metadata));
        record.metadata =
            MetadataRecord{.digest = *file.core_metadata, .size_bytes = text.size_bytes};
    }
    if (file.provenance) {
        HG_TRY(const auto object, m_parts.blobs.open(*file.provenance));
        record.provenance =
            MetadataRecord{.digest = *file.provenance, .size_bytes = object.size_bytes};
    }
    return record;
}

Outcome ProjectWorker::store(const PageSet& pages, const verify::ProjectPage& page) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    HG_TRY(const auto former, m_parts.catalog.files(page.name));
    std::map<verify::DistFileName, FileRecord> known;
    std::vector<FileRecord> replaced;
    for (const auto& record : former) {
        if (page.find(record.path.name()) == nullptr) {
            HG_CHECK(transaction->remove_file(record.path.name()));
            replaced.push_back(record);
        } else {
            known.emplace(record.path.name(), record);
        }
    }
    for (const auto& file : page.files) {
        HG_TRY(const auto record, record_of(file));
        const auto present = known.find(file.name);
        if (present == known.end() || present->second != record) {
            HG_CHECK(transaction->put_file(record));
            if (present != known.end()) {
                replaced.push_back(present->second);
            }
        }
    }
    HG_CHECK(transaction->put_page(page.name, verify::PageForm::html, stored_form(pages.html, page))
    );
    HG_CHECK(transaction->put_page(page.name, verify::PageForm::json, stored_form(pages.json, page))
    );
    HG_CHECK(transaction->clear_pending(page.name));
    HG_CHECK(transaction->commit());
    return drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, replaced);
}

Outcome ProjectWorker::remove(const verify::ProjectName& project) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    HG_TRY(const auto former, m_parts.catalog.files(project));
    HG_CHECK(transaction->remove_project(project));
    HG_CHECK(transaction->clear_pending(project));
    HG_CHECK(transaction->commit());
    return drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, former);
}

}  // namespace heliograph::mirror
