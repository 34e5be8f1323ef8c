// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/audit_client.hpp>
#include <mirror/audit/audit_run.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/signature_along.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;
using verify::Cause;
using verify::Severity;

constexpr int found = 200;
constexpr int not_modified = 304;
constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";
constexpr std::string_view no_project = "heliograph-audit-no-such-project";
// Each costs a request to the master.
constexpr std::size_t most_removed = 100;

bool is_absent(int status) {
    constexpr int not_found = 404;
    constexpr int gone = 410;
    return status == not_found || status == gone;
}

bool ends_the_audit(const Error& error) {
    return error.code() == ErrorCode::cancelled;
}

struct FoundFile {
    std::string name;
    AuditedFile file;
    std::string page;  ///< Relative to the base: what its URL is relative to.
};

class Audit {
  public:
    Audit(const AuditRequest& request, Transport& transport, const Clock& clock)
        : m_request(request),
          m_access{transport, request.tls, request.timeouts, request.stop},
          m_clock(clock),
          m_mirror(request.mirror, m_access),
          m_dice(request.seed) {
        if (request.master) {
            m_master.emplace(*request.master, m_access);
        }
        m_report.mirror = m_mirror.source();
    }

    Result<AuditReport> run() {
        HG_CHECK(check_list());
        HG_CHECK(check_freshness());
        HG_CHECK(check_absence());
        HG_CHECK(open_signers());
        if (m_master) {
            HG_CHECK(compare_lists());
        }
        const auto projects = sample();
        for (const auto& project : projects) {
            HG_CHECK(check_project(project));
        }
        HG_CHECK(check_files());
        return std::move(m_report);
    }

  private:
    // Told as evidence that is missing; what ends the audit is not.
    Outcome note_failure(const std::string& subject, const Error& error) {
        if (ends_the_audit(error)) {
            return error;
        }
        find("not-answered", Cause::missing_evidence, subject, "an answer", error.describe());
        return {};
    }

    void find(
        std::string_view id,
        Cause cause,
        std::string subject,
        std::string expected,
        std::string seen,
        Severity severity = Severity::error
    ) {
        m_report.verdict.add(
            {.id = std::string(id),
             .severity = severity,
             .cause = cause,
             .subject = std::move(subject),
             .expected = std::move(expected),
             .seen = std::move(seen),
             .source = m_mirror.source()}
        );
    }

    [[nodiscard]] static AuditClient::Question list_question() {
        return {
            .place = "simple/",
            .limit_bytes = limits::root_list_bytes,
            .accept = std::string(json_type)};
    }

    Outcome check_list() {
        HG_TRY(const auto document, m_mirror.get(list_question()));
        const auto& response = document.response;
        const std::string subject = "list of projects";
        const auto type = response.headers.find("Content-Type").value_or("");
        if (response.status != found || !type.starts_with(json_type)) {
            find(
                "api-no-json",
                Cause::missing_evidence,
                subject,
                "status 200 and " + std::string(json_type) + " (PEP 691)",
                "status " + std::to_string(response.status) + " and '" + std::string(type) + "'"
            );
            return {};
        }
        auto list = parse_audited_list(text_of(document.body));
        if (!list) {
            find(
                "page-unreadable",
                Cause::false_evidence,
                subject,
                "a list by PEP 691",
                list.error().describe()
            );
            return {};
        }
        m_list = *std::move(list);
        m_report.projects_listed = m_list.projects.size();
        m_report.verdict.pass("list of projects by PEP 691");
        if (response.headers.joined("Vary").value_or("").find("ccept") == std::string::npos) {
            find(
                "api-no-vary",
                Cause::missing_evidence,
                subject,
                "Vary: Accept, so that caches keep both forms apart",
                "none",
                Severity::warning
            );
        }
        return check_conditional(response);
    }

    Outcome check_conditional(const HttpResponse& response) {
        auto question = list_question();
        question.if_none_match = std::string(response.headers.find("ETag").value_or(""));
        const auto again = question.if_none_match.empty()
                               ? Result<HttpDocument>(HttpDocument{response, {}})
                               : m_mirror.get(question);
        if (!again) {
            return note_failure("list of projects", again.error());
        }
        if (again->response.status == not_modified) {
            m_report.verdict.pass("conditional requests");
            return {};
        }
        find(
            "api-no-conditional",
            Cause::missing_evidence,
            "list of projects",
            "304 when it is asked for with its own entity tag",
            "status " + std::to_string(again->response.status),
            Severity::warning
        );
        return {};
    }

    Outcome check_freshness() {
        const auto document =
            m_mirror.get({.place = "last-modified", .limit_bytes = limits::last_modified_bytes});
        if (!document && ends_the_audit(document.error())) {
            return document.error();
        }
        const auto instant = document && document->response.status == found
                                 ? parse_last_modified(text_of(document->body))
                                 : Result<Instant>(Error(ErrorCode::not_found, "no such document"));
        if (!instant) {
            find(
                "freshness-unknown",
                Cause::missing_evidence,
                "freshness",
                "/last-modified (PEP 381)",
                document ? "none that can be read" : document.error().describe(),
                Severity::warning
            );
            return {};
        }
        const auto age = m_clock.now() - *instant;
        if (age > m_request.max_age) {
            find(
                "mirror-stale",
                Cause::stale_evidence,
                "freshness",
                "a complete run within " + std::to_string(m_request.max_age.count()) + " s",
                "the last one began " + format_rfc3339(*instant)
            );
        } else {
            m_report.verdict.pass("freshness");
        }
        return {};
    }

    // A mirror that shows what nobody has shows anything.
    Outcome check_absence() {
        const auto document = m_mirror.get(
            {.place = "simple/" + std::string(no_project) + "/",
             .limit_bytes = limits::page_bytes,
             .accept = std::string(json_type)}
        );
        if (!document) {
            return note_failure("project that nobody has", document.error());
        }
        if (is_absent(document->response.status)) {
            m_report.verdict.pass("absence of what is not there");
        } else {
            find(
                "api-false-presence",
                Cause::false_evidence,
                "project that nobody has",
                "status 404",
                "status " + std::to_string(document->response.status)
            );
        }
        return {};
    }

    Outcome open_signers() {
        if (m_request.trust == nullptr) {
            return {};
        }
        const auto evidence = [this](std::string_view place, std::uint64_t limit) {
            auto document = m_mirror.get({.place = std::string(place), .limit_bytes = limit});
            return document && document->response.status == found
                       ? std::optional(std::move(document->body))
                       : std::optional<Bytes>();
        };
        const auto chain = evidence(signer_chain_path, limits::server_key_bytes);
        const auto lists = evidence(revocation_lists_path, limits::revocation_bytes);
        HG_TRY(
            m_signers,
            verify::judge_signers(
                {.chain_pem = chain ? std::optional<ByteSpan>(*chain) : std::nullopt,
                 .revocation_pem = lists ? std::optional<ByteSpan>(*lists) : std::nullopt,
                 .source = m_mirror.source()},
                *m_request.trust,
                m_request.policy,
                m_clock.now()
            )
        );
        if (m_signers->usable()) {
            m_report.verdict.pass("signers");
        } else {
            m_report.verdict.merge(m_signers->verdict());
        }
        return {};
    }

    Outcome compare_lists() {
        HG_TRY(const auto document, m_master->get(list_question()));
        auto list = parse_audited_list(text_of(document.body));
        if (!list) {
            return std::move(list).error().at(m_master->source());
        }
        if (list->serial && m_list.serial && *m_list.serial < *list->serial) {
            find(
                "mirror-behind",
                Cause::stale_evidence,
                "list of projects",
                "serial " + std::to_string(list->serial->value) + ", as its master has",
                "serial " + std::to_string(m_list.serial->value),
                Severity::warning
            );
        }
        std::size_t asked = 0;
        for (const auto& [project, serial] : m_list.projects) {
            if (!list->projects.contains(project) && asked++ < most_removed) {
                HG_CHECK(check_removed(project));
            }
        }
        return {};
    }

    Outcome check_removed(const verify::ProjectName& project) {
        const auto document = m_master->page(project);
        if (!document) {
            return note_failure("master's page of " + project.text(), document.error());
        }
        if (is_absent(document->response.status)) {
            find(
                "removed-project-served",
                Cause::false_evidence,
                "project " + project.text(),
                "nothing, as its master has no such project",
                "a place in the list"
            );
        }
        return {};
    }

    std::vector<verify::ProjectName> sample() {
        std::vector<verify::ProjectName> names;
        names.reserve(m_list.projects.size());
        for (const auto& [project, serial] : m_list.projects) {
            names.push_back(project);
        }
        return draw(std::move(names), m_request.projects);
    }

    // The first of a shuffle that is the same on every machine, which std::shuffle is not.
    template <typename T>
    std::vector<T> draw(std::vector<T> all, std::size_t most) {
        const std::size_t count = std::min(most, all.size());
        for (std::size_t i = 0; i < count; ++i) {
            std::swap(all[i], all[i + m_dice() % (all.size() - i)]);
        }
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(count), all.end());
        return all;
    }

    Outcome check_project(const verify::ProjectName& project) {
        const std::string subject = "page of project " + project.text();
        const auto document = m_mirror.page(project);
        if (!document) {
            return note_failure(subject, document.error());
        }
        ++m_report.pages_checked;
        if (document->response.status != found) {
            find(
                "page-not-served",
                Cause::missing_evidence,
                subject,
                "the page that the list names",
                "status " + std::to_string(document->response.status)
            );
            return {};
        }
        HG_TRY(const bool believed, check_signature(project, *document));
        if (!believed) {
            return {};
        }
        const auto page = parse_audited_page(text_of(document->body));
        if (!page) {
            find(
                "page-unreadable",
                Cause::false_evidence,
                subject,
                "a page by PEP 691",
                page.error().describe()
            );
            return {};
        }
        for (const auto& [name, file] : page->files) {
            m_files.push_back({name, file, page_path(project)});
        }
        m_report.verdict.pass(subject);
        return m_master ? compare_page(project, *page) : Outcome();
    }

    // @return Whether the page is worth reading: not when it should be signed and is by nobody.
    Result<bool> check_signature(const verify::ProjectName& project, const HttpDocument& document) {
        if (!m_signers || !m_signers->usable()) {
            return true;
        }
        auto signature = signature_along(document.response.headers);
        if (!signature) {
            auto separate = m_mirror.get(
                {.place = signature_path(project, verify::PageForm::json),
                 .limit_bytes = limits::signature_bytes}
            );
            if (separate && separate->response.status == found) {
                signature = std::move(separate->body);
            }
        }
        HG_TRY(
            auto judgement,
            verify::judge_page(
                {.wanted = project,
                 .form = verify::PageForm::json,
                 .page = document.body,
                 .signature = signature ? std::optional<ByteSpan>(*signature) : std::nullopt,
                 .source = m_mirror.source()},
                *m_signers,
                {}
            )
        );
        const bool believed = judgement.verdict.accepted();
        m_report.verdict.merge(std::move(judgement.verdict));
        return believed;
    }

    Outcome compare_page(const verify::ProjectName& project, const AuditedPage& here) {
        const auto document = m_master->page(project);
        if (!document) {
            return note_failure("master's page of " + project.text(), document.error());
        }
        if (document->response.status != found) {
            return {};  // The lists told, if it is gone.
        }
        const auto there = parse_audited_page(text_of(document->body));
        if (!there) {
            return Error(there.error()).at(m_master->source());
        }
        if (there->status == "quarantined" && !here.files.empty()) {
            find(
                "quarantined-project-served",
                Cause::false_evidence,
                "project " + project.text(),
                "no files, as its master quarantined it",
                std::to_string(here.files.size()) + " files"
            );
            return {};
        }
        compare_files(here, *there);
        return {};
    }

    void compare_files(const AuditedPage& here, const AuditedPage& there) {
        for (const auto& [name, file] : there.files) {
            const auto mine = here.files.find(name);
            const std::string subject = "file " + name;
            if (mine == here.files.end()) {
                find(
                    "file-missing", Cause::stale_evidence, subject, "it, as on the master", "none"
                );
            } else if (file.is_yanked && !mine->second.is_yanked) {
                find(
                    "yank-lost",
                    Cause::false_evidence,
                    subject,
                    "its yanked mark, as on the master",
                    "none"
                );
            }
        }
        for (const auto& [name, file] : here.files) {
            if (!there.files.contains(name)) {
                find(
                    "removed-file-served",
                    Cause::false_evidence,
                    "file " + name,
                    "nothing, as the master's page has no such file",
                    "a link"
                );
            }
        }
    }

    Outcome check_files() {
        std::erase_if(m_files, [this](const FoundFile& one) {
            return one.file.size_bytes.value_or(0) > m_request.file_bytes;
        });
        const auto drawn = draw(std::move(m_files), m_request.files);
        for (const auto& one : drawn) {
            HG_CHECK(check_file(one));
            if (one.file.has_metadata) {
                HG_CHECK(check_metadata(one));
            }
        }
        return {};
    }

    Result<std::string> place_of(const FoundFile& one) const {
        HG_TRY(const auto page, m_request.mirror.resolve(one.page));
        HG_TRY(const auto url, page.resolve(one.file.url));
        return url.to_string();
    }

    Outcome check_file(const FoundFile& one) {
        const std::string subject = "file " + one.name;
        if (!one.file.sha256) {
            find(
                "file-without-hash",
                Cause::missing_evidence,
                subject,
                "a sha256 on its page",
                "none"
            );
            return {};
        }
        const auto place = place_of(one);
        if (!place) {
            return note_failure(subject, place.error());
        }
        auto verdict = m_mirror.check_file(
            *place,
            {.subject = subject,
             .sha256 = *one.file.sha256,
             .size_bytes = one.file.size_bytes,
             .source = m_mirror.source(),
             .limit_bytes = m_request.file_bytes}
        );
        if (!verdict) {
            return note_failure(subject, verdict.error());
        }
        ++m_report.files_checked;
        if (*verdict) {
            m_report.verdict.merge(**std::move(verdict));
        } else {
            find(
                "file-not-served", Cause::missing_evidence, subject, "what its page links", "none"
            );
        }
        return {};
    }

    Outcome check_metadata(const FoundFile& one) {
        const std::string subject = "metadata of " + one.name;
        const auto place = place_of(one);
        if (!place) {
            return note_failure(subject, place.error());
        }
        const auto text =
            m_mirror.get({.place = *place + ".metadata", .limit_bytes = limits::core_metadata_bytes}
            );
        if (!text) {
            return note_failure(subject, text.error());
        }
        ++m_report.metadata_checked;
        if (text->response.status != found) {
            find(
                "metadata-not-served",
                Cause::missing_evidence,
                subject,
                "the text that the page promises (PEP 658)",
                "status " + std::to_string(text->response.status)
            );
            return {};
        }
        const auto seen = pki::sha256(text->body);
        if (one.file.metadata_sha256 && *one.file.metadata_sha256 != seen) {
            find(
                "file-hash-mismatch",
                Cause::false_evidence,
                subject,
                "sha256 " + one.file.metadata_sha256->to_hex(),
                "sha256 " + seen.to_hex()
            );
        } else {
            m_report.verdict.pass(subject);
        }
        return {};
    }

    const AuditRequest& m_request;
    AuditAccess m_access;
    const Clock& m_clock;
    AuditClient m_mirror;
    std::optional<AuditClient> m_master;
    std::optional<verify::SignerSet> m_signers;
    std::mt19937_64 m_dice;
    AuditedList m_list;
    std::vector<FoundFile> m_files;
    AuditReport m_report;
};

}  // namespace

Result<AuditReport> audit_mirror(
    const AuditRequest& request, Transport& transport, const Clock& clock
) {
    const bool open_master = request.master && request.master->scheme() != UrlScheme::https;
    if (request.mirror.scheme() != UrlScheme::https || open_master) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an https address: what comes in the open proves nothing of who said it; "
            "saw " +
                (open_master ? *request.master : request.mirror).to_string()
        );
    }
    return Audit(request, transport, clock).run();
}

}  // namespace heliograph::mirror
