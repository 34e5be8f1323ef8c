// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/copy_check.hpp>
#include <mirror/check/copy_judge.hpp>
#include <mirror/check/distribution_folder.hpp>
#include <mirror/fleet/clock_tolerance.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

using verify::Cause;
using verify::CheckedItem;
using verify::PageForm;
using verify::Severity;

bool same_files(const verify::ProjectPage& left, const verify::ProjectPage& right) {
    return left.serial == right.serial &&
           std::equal(
               left.files.begin(),
               left.files.end(),
               right.files.begin(),
               right.files.end(),
               [](const verify::PageFile& one, const verify::PageFile& other) {
                   return one.name == other.name && one.sha256 == other.sha256 &&
                          one.yanked == other.yanked &&
                          one.requires_python == other.requires_python;
               }
           );
}

class CopyCheck {
  public:
    CopyCheck(
        const IndexCopy& copy,
        const CopyJudge& judge,
        const verify::JudgementBasis& basis,
        const CheckDemands& demands
    )
        : m_copy(copy), m_judge(judge), m_basis(basis), m_demands(demands) {}

    Result<CopyReport> run() {
        HG_TRY(m_projects, m_copy.projects());
        for (const auto& project : m_projects) {
            check_project(project);
        }
        tell_left_out();
        check_list();
        check_signed();
        check_unnamed();
        check_age();
        return std::move(m_report);
    }

  private:
    CheckedItem& add(CheckedItem item) {
        return m_report.report.items.emplace_back(std::move(item));
    }

    std::optional<verify::ProjectPage> check_page(
        const verify::ProjectName& project, PageForm form
    ) {
        const std::string kind = form == PageForm::json ? "JSON page" : "HTML page";
        auto& item = add({kind + " of project " + project.text(), m_copy.place_of(project, form)});
        auto judged = m_judge.page(project, form);
        if (!judged) {
            item.error = std::move(judged).error();
            return std::nullopt;
        }
        item.verdict = std::move(judged->verdict);
        return std::move(judged->page);
    }

    void check_project(const verify::ProjectName& project) {
        const auto html = check_page(project, PageForm::html);
        const auto json = check_page(project, PageForm::json);
        if (!html || !json) {
            m_all_pages_hold = false;
        }
        if (!json) {
            return;
        }
        verify::Verdict verdict;
        if (auto difference = html ? compare_forms(*html, *json, m_copy.source()) : std::nullopt) {
            verdict.add(*std::move(difference));
        }
        add_objections(verdict, m_demands.policy, project, m_basis.trust);
        m_report.learnt.remember(project, json->serial);
        // Items may move while others are added.
        const auto index = m_report.report.items.size() - 1;
        for (const auto& file : json->files) {
            check_file(file, verdict);
        }
        m_report.report.items[index].verdict.merge(std::move(verdict));
    }

    void check_file(const verify::PageFile& file, verify::Verdict& of_page) {
        const auto left_out = m_copy.left_out(file.path());
        if (!left_out) {
            add({promised_file(file).expectation.subject, m_copy.source(), {}, left_out.error()});
            return;
        }
        if (*left_out) {
            ++m_left_out[**left_out];
            return;
        }
        check_bytes(promised_file(file));
        add_objections(of_page, m_demands.policy, file, m_basis.at);
        if (file.core_metadata) {
            check_bytes(promised_metadata(file.name, file.path(), *file.core_metadata));
        }
        if (file.provenance) {
            check_bytes(promised_provenance(file.name, *file.provenance));
        }
    }

    void check_bytes(const PromisedDocument& promise) {
        m_named.insert(promise.path);
        if (!m_copy.should_hold(promise)) {
            return;
        }
        auto& item = add({promise.expectation.subject, m_copy.place_of(promise)});
        auto verdict = judge(promise, item.place);
        if (verdict) {
            item.verdict = *std::move(verdict);
        } else {
            item.error = std::move(verdict).error();
        }
    }

    Result<verify::Verdict> judge(const PromisedDocument& promise, const std::string& place) const {
        HG_TRY(auto checked, m_copy.check(promise));
        if (checked) {
            return *std::move(checked);
        }
        verify::Verdict verdict;
        verdict.add(
            {.id = "file-not-found",
             .cause = Cause::not_found,
             .subject = promise.expectation.subject,
             .expected = "the file that the verified page names",
             .seen = "none",
             .source = place}
        );
        return verdict;
    }

    // Told, since the pages name them and nobody signed that they may be missing.
    void tell_left_out() {
        if (m_left_out.empty()) {
            return;
        }
        auto& item = add({"files that its filter leaves out", m_copy.source()});
        for (const auto& [reason, files] : m_left_out) {
            item.verdict.add(
                {.id = "file-left-out",
                 .severity = Severity::warning,
                 .cause = Cause::not_found,
                 .subject = item.name,
                 .expected = "all files that verified pages name",
                 .seen = "none of " + std::to_string(files) + " that it leaves out (" + reason +
                         "), as it says itself",
                 .source = item.place,
                 .advice =
                     "get them from the master, or from a mirror that has them; of a mirror's "
                     "folder the filter is shown by: mirror filter --dir " +
                     item.place}
            );
        }
        item.verdict.pass(item.name);
    }

    void check_list() {
        auto listed = m_copy.listed();
        if (listed && !*listed) {
            return;
        }
        auto& item = add({"list of projects", m_copy.source() + "/simple/index.json"});
        if (!listed) {
            item.error = std::move(listed).error();
            return;
        }
        compare_list((*listed)->projects, item);
        if ((*listed)->has_other_html) {
            item.verdict.add(
                {.id = "list-forms-differ",
                 .subject = "list of projects",
                 .expected = "simple/index.html to say what simple/index.json says",
                 .seen = "another list",
                 .source = m_copy.source(),
                 .advice = "export it again; clients that read HTML are led elsewhere"}
            );
        }
        item.verdict.pass("list of projects");
    }

    void compare_list(const std::vector<verify::ProjectName>& listed, CheckedItem& item) const {
        const std::set<verify::ProjectName> here(m_projects.begin(), m_projects.end());
        const std::set<verify::ProjectName> named(listed.begin(), listed.end());
        for (const auto& project : named) {
            if (!here.contains(project)) {
                item.verdict.add(
                    {.id = "project-not-found",
                     .cause = Cause::not_found,
                     .subject = "project " + project.text(),
                     .expected = "the page that the list names",
                     .seen = "none",
                     .source = item.place}
                );
            }
        }
        for (const auto& project : here) {
            if (!named.contains(project)) {
                item.verdict.add(
                    {.id = "project-not-listed",
                     .severity = Severity::warning,
                     .cause = Cause::not_found,
                     .subject = "project " + project.text(),
                     .expected = "a place in the list",
                     .seen = "a page alone",
                     .source = item.place}
                );
            }
        }
    }

    void check_unnamed() {
        auto files = m_copy.stored_files();
        if (!files) {
            add({"files that no page names", m_copy.source(), {}, std::move(files).error()});
            return;
        }
        verify::Verdict verdict;
        for (const auto& file : *files) {
            if (auto finding = against(file)) {
                verdict.add(*std::move(finding));
            }
        }
        if (!verdict.findings().empty()) {
            verdict.pass("files that no page names");
            add({"files that no page names", m_copy.source(), std::move(verdict)});
        }
    }

    // Lists, dates and seals are signed by nobody: without a page nothing at all was proven.
    void check_signed() {
        if (!m_projects.empty()) {
            return;
        }
        auto& item = add({"signer of the pages", m_copy.source()});
        if (m_judge.signers().usable()) {
            item.verdict.pass("chain of the signer");
        } else {
            item.verdict = m_judge.signers().verdict();
        }
        if (!m_copy.may_lack_pages()) {
            item.verdict.add(nothing_signed(m_copy.source()));
        }
    }

    [[nodiscard]] std::optional<verify::Finding> against(const StoredFile& file) const {
        switch (file.kind) {
            case StoredFile::Kind::page_promised:
                // What a page that does not hold would name is not known.
                if (!m_all_pages_hold || m_named.contains(file.place)) {
                    return std::nullopt;
                }
                break;
            case StoredFile::Kind::foreign:
                break;
            case StoredFile::Kind::distribution:
                return verify::Finding{
                    .id = "distribution-misplaced",
                    .subject = "file " + file.place,
                    .expected = "distributions where pages name them alone",
                    .seen = "one that no page vouches for and an installer could take",
                    .source = m_copy.source(),
                    .advice = "remove it, or check it without --copy"};
            case StoredFile::Kind::linked_folder:
                return not_looked_into(file.place);
        }
        return verify::Finding{
            .id = "file-not-named",
            .severity = Severity::warning,
            .cause = Cause::not_found,
            .subject = "file " + file.place,
            .expected = "a page that names it",
            .seen = "none",
            .source = m_copy.source(),
            .advice = "remove it: who knows its address still gets it"};
    }

    void check_age() {
        if (!m_demands.max_age) {
            return;
        }
        const auto since = m_copy.last_modified();
        if (since) {
            add(check_freshness(*since, *m_demands.max_age, m_basis.at, m_copy.source()));
        } else {
            add({"freshness", m_copy.source(), {}, since.error()});
        }
    }

    const IndexCopy& m_copy;
    const CopyJudge& m_judge;
    const verify::JudgementBasis& m_basis;
    const CheckDemands& m_demands;
    std::vector<verify::ProjectName> m_projects;
    std::unordered_set<std::string> m_named;          ///< Places that verified pages promise.
    std::map<std::string, std::uint64_t> m_left_out;  ///< How many files for each reason.
    bool m_all_pages_hold = true;
    CopyReport m_report;
};

}  // namespace

Result<CopyReport> check_copy(
    const IndexCopy& copy, const verify::JudgementBasis& basis, const CheckDemands& demands
) {
    HG_TRY(const auto judge, CopyJudge::open(copy, basis));
    return CopyCheck(copy, judge, basis, demands).run();
}

void add_objections(
    verify::Verdict& verdict,
    const ProxyPolicy& policy,
    const verify::ProjectName& project,
    const verify::TrustBundle& trust
) {
    if (const auto objection = policy.objection(project, trust.name)) {
        verdict.add(
            {.id = "policy-refused",
             .subject = "project " + project.text(),
             .expected = "a project that the policy lets in",
             .seen = *objection,
             .source = trust.name}
        );
    }
}

void add_objections(
    verify::Verdict& verdict, const ProxyPolicy& policy, const verify::PageFile& file, Instant at
) {
    if (const auto objection = policy.objection(file, at)) {
        verdict.add(
            {.id = "policy-refused",
             .cause = Cause::missing_evidence,
             .subject = "file " + file.name.text(),
             .expected = "a file that the policy lets in",
             .seen = *objection}
        );
    }
}

std::optional<verify::Finding> compare_forms(
    const verify::ProjectPage& html, const verify::ProjectPage& json, std::string source
) {
    if (same_files(html, json)) {
        return std::nullopt;
    }
    return verify::Finding{
        .id = "page-forms-differ",
        .subject = "page of project " + json.name.text(),
        .expected = "the same files at the same serial in both forms",
        .seen = "others",
        .source = std::move(source)};
}

verify::Finding nothing_signed(std::string source) {
    return {
        .id = "nothing-signed",
        .cause = Cause::missing_evidence,
        .subject = "pages",
        .expected = "at least one signed page",
        .seen = "none",
        .source = std::move(source),
        .advice = "name what should be there, or get it from where it is whole"};
}

verify::CheckedItem check_freshness(
    std::optional<Instant> since, std::chrono::seconds max_age, Instant now, std::string source
) {
    CheckedItem item{"freshness", std::move(source)};
    if (!since) {
        item.verdict.add(
            {.id = "freshness-unknown",
             .cause = Cause::missing_evidence,
             .subject = item.name,
             .expected = "/last-modified (PEP 381)",
             .seen = "none",
             .source = item.place}
        );
    } else if (*since - now > clock_tolerance) {
        item.verdict.add(
            {.id = "mirror-clock-ahead",
             .cause = Cause::stale_evidence,
             .subject = item.name,
             .expected = "a run that began before now, " + format_rfc3339(now),
             .seen = "one that will begin " + format_rfc3339(*since),
             .source = item.place,
             .advice = "compare the clocks; a date to come would be fresh for ever"}
        );
    } else if (now - *since > max_age) {
        item.verdict.add(
            {.id = "mirror-stale",
             .cause = Cause::stale_evidence,
             .subject = item.name,
             .expected = "a complete run within " + std::to_string(max_age.count()) + " s",
             .seen = "the last one began " + format_rfc3339(*since),
             .source = item.place}
        );
    } else {
        item.verdict.pass("freshness");
    }
    return item;
}

}  // namespace heliograph::mirror
