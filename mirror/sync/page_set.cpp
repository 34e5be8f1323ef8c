// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/page_set.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

// What an HTML page says of a file; sizes and times stand in the JSON form only.
bool same_in_both(const verify::PageFile& html, const verify::PageFile& json) {
    return html.name == json.name && html.sha256 == json.sha256 &&
           html.requires_python == json.requires_python && html.yanked == json.yanked &&
           html.core_metadata == json.core_metadata && html.provenance == json.provenance;
}

std::string subject_of(const ProjectTask& task) {
    return "page of project " + task.project.text();
}

verify::Verdict check_forms(
    const verify::ProjectPage& html, const verify::ProjectPage& json, const PageSetBasis& basis
) {
    verify::Verdict verdict;
    const bool same =
        html.serial == json.serial && html.mark == json.mark &&
        std::equal(
            html.files.begin(), html.files.end(), json.files.begin(), json.files.end(), same_in_both
        );
    if (same) {
        verdict.pass("both forms of the page say the same");
        return verdict;
    }
    verdict.add({
        .id = "page-forms-differ",
        .subject = subject_of(basis.task),
        .expected = "the HTML and the JSON form to describe the same files at the same serial",
        .seen = "HTML with " + std::to_string(html.files.size()) + " files at serial " +
                std::to_string(html.serial.value) + ", JSON with " +
                std::to_string(json.files.size()) + " files at serial " +
                std::to_string(json.serial.value),
        .source = basis.source,
        .advice = "the next run asks again; tell the upstream's operator if it stays so",
    });
    return verdict;
}

verify::Verdict check_journal(
    const PageSet& pages, const verify::ProjectPage& json, const PageSetBasis& basis
) {
    verify::Verdict verdict;
    const auto& task = basis.task;
    if (json.serial < task.wanted) {
        verdict.add({
            .id = "page-serial-stale",
            .cause = verify::Cause::stale_evidence,
            .subject = subject_of(task),
            .expected = "serial " + std::to_string(task.wanted.value) +
                        " or higher, as the upstream announced",
            .seen = "serial " + std::to_string(json.serial.value),
            .source = basis.source,
            .advice = "the next run asks again",
        });
        return verdict;
    }
    if (!task.digests || json.serial != task.wanted) {
        return verdict;
    }
    const PageDigests seen{
        .html = pki::sha256(pages.html.body), .json = pki::sha256(pages.json.body)};
    if (seen == *task.digests) {
        verdict.pass("the journal names exactly these pages");
        return verdict;
    }
    verdict.add({
        .id = "page-digest-mismatch",
        .subject = subject_of(task),
        .expected = "the pages that the upstream's journal names at serial " +
                    std::to_string(task.wanted.value) + ", JSON with sha256 " +
                    task.digests->json.to_hex(),
        .seen = "other pages at the same serial, JSON with sha256 " + seen.json.to_hex(),
        .source = basis.source,
        .advice = "the next run asks again; tell the upstream's operator if it stays so",
    });
    return verdict;
}

}  // namespace

Result<std::optional<LocalPages>> read_local_pages(
    const Catalog& catalog, const verify::ProjectName& project
) {
    LocalPages local;
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        auto stored = catalog.page(project, form);
        if (!stored) {
            if (stored.error().code() == ErrorCode::not_found) {
                return std::optional<LocalPages>();
            }
            return std::move(stored).error();
        }
        ServedPage& page = form == verify::PageForm::html ? local.pages.html : local.pages.json;
        (form == verify::PageForm::html ? local.digests.html : local.digests.json) = stored->digest;
        page.body = std::move(stored->body);
        page.signature = std::move(stored->signature);
        local.serial = stored->serial;
    }
    return std::optional(std::move(local));
}

PageDigests digests_of(const PageSet& pages) {
    return {.html = pki::sha256(pages.html.body), .json = pki::sha256(pages.json.body)};
}

bool is_here(const ProjectTask& task, const std::optional<LocalPages>& local) {
    if (task.expect == ProjectTask::Expect::removal) {
        return !local.has_value();
    }
    if (!local || local->serial < task.wanted || task.reuse != ProjectTask::Reuse::allowed) {
        return false;
    }
    return local->serial != task.wanted || !task.digests ||
           (pki::sha256(local->pages.html.body) == task.digests->html &&
            pki::sha256(local->pages.json.body) == task.digests->json);
}

Result<verify::PageJudgement> judge_page_set(const PageSet& pages, const PageSetBasis& basis) {
    const auto judge = [&](const ServedPage& page,
                           verify::PageForm form,
                           const verify::ProjectPage* other) {
        return verify::judge_page(
            {.wanted = basis.task.project,
             .form = form,
             .page = page.body,
             .signature = page.signature ? std::optional<ByteSpan>(*page.signature) : std::nullopt,
             .source = basis.source,
             .json = other},
            basis.signers,
            basis.state
        );
    };
    HG_TRY(auto json, judge(pages.json, verify::PageForm::json, nullptr));
    const auto* other = json.page ? &*json.page : nullptr;
    HG_TRY(auto html, judge(pages.html, verify::PageForm::html, other));
    verify::PageJudgement both;
    both.verdict = std::move(html.verdict);
    both.verdict.merge(std::move(json.verdict));
    if (html.page && json.page) {
        both.verdict.merge(check_forms(*html.page, *json.page, basis));
        both.verdict.merge(check_journal(pages, *json.page, basis));
    }
    if (both.verdict.accepted()) {
        both.page = std::move(json.page);
    }
    return both;
}

StoredPage stored_form(const ServedPage& form, const verify::ProjectPage& page) {
    return {
        .body = form.body,
        .digest = pki::sha256(form.body),
        .signature = form.signature.value_or(Bytes()),
        .serial = page.serial,
        .status = page.mark.status};
}

}  // namespace heliograph::mirror
