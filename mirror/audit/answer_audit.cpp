// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/answer_audit.hpp>
#include <mirror/fleet/clock_tolerance.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;
using verify::Cause;
using verify::Severity;

constexpr int status_found = 200;
constexpr int status_not_modified = 304;
constexpr std::string_view no_project = "heliograph-audit-no-such-project";

class AnswerAudit {
  public:
    AnswerAudit(AuditClient& mirror, AuditBook& book, const FreshnessBound& freshness)
        : m_mirror(mirror), m_book(book), m_freshness(freshness) {}

    Result<AuditedList> run() {
        HG_CHECK(check_list());
        HG_CHECK(check_freshness());
        HG_CHECK(check_absence());
        return std::move(m_list);
    }

  private:
    Outcome check_list() {
        HG_TRY(const auto document, m_mirror.get(AuditClient::list_question()));
        const auto& response = document.response;
        const std::string subject = "list of projects";
        const auto type = response.headers.find("Content-Type").value_or("");
        if (response.status != status_found || !type.starts_with(audited_json_type)) {
            m_book.find(
                "api-no-json",
                Cause::missing_evidence,
                {subject,
                 "status 200 and " + std::string(audited_json_type) + " (PEP 691)",
                 "status " + std::to_string(response.status) + " and '" + std::string(type) + "'"}
            );
            return {};
        }
        auto list = parse_audited_list(text_of(document.body));
        if (!list) {
            m_book.find(
                "page-unreadable",
                Cause::false_evidence,
                {subject, "a list by PEP 691", list.error().describe()}
            );
            return {};
        }
        m_list = *std::move(list);
        m_book.pass("list of projects by PEP 691");
        if (response.headers.joined("Vary").value_or("").find("ccept") == std::string::npos) {
            m_book.find(
                "api-no-vary",
                Cause::missing_evidence,
                {subject, "Vary: Accept, so that caches keep both forms apart", "none"},
                Severity::warning
            );
        }
        return check_conditional(response);
    }

    Outcome check_conditional(const HttpResponse& response) {
        auto question = AuditClient::list_question();
        question.if_none_match = std::string(response.headers.find("ETag").value_or(""));
        const auto again = question.if_none_match.empty()
                               ? Result<HttpDocument>(HttpDocument{response, {}})
                               : m_mirror.get(question);
        if (!again) {
            return m_book.note_failure("list of projects", again.error());
        }
        if (again->response.status == status_not_modified) {
            m_book.pass("conditional requests");
            return {};
        }
        m_book.find(
            "api-no-conditional",
            Cause::missing_evidence,
            {"list of projects",
             "304 when it is asked for with its own entity tag",
             "status " + std::to_string(again->response.status)},
            Severity::warning
        );
        return {};
    }

    Outcome check_freshness() {
        const auto document =
            m_mirror.get({.place = "last-modified", .limit_bytes = limits::last_modified_bytes});
        if (!document && document.error().code() == ErrorCode::cancelled) {
            return document.error();
        }
        const auto instant = document && document->response.status == status_found
                                 ? parse_last_modified(text_of(document->body))
                                 : Result<Instant>(Error(ErrorCode::not_found, "no such document"));
        if (!instant) {
            m_book.find(
                "freshness-unknown",
                Cause::missing_evidence,
                {"freshness",
                 "/last-modified (PEP 381)",
                 document ? "none that can be read" : document.error().describe()},
                Severity::warning
            );
            return {};
        }
        const auto age = m_freshness.now - *instant;
        if (-age > clock_tolerance) {
            m_book.find(
                "mirror-clock-ahead",
                Cause::stale_evidence,
                {"freshness",
                 "a run that began before now, " + format_rfc3339(m_freshness.now),
                 "one that will begin " + format_rfc3339(*instant)}
            );
        } else if (age > m_freshness.max_age) {
            m_book.find(
                "mirror-stale",
                Cause::stale_evidence,
                {"freshness",
                 "a complete run within " + std::to_string(m_freshness.max_age.count()) + " s",
                 "the last one began " + format_rfc3339(*instant)}
            );
        } else {
            m_book.pass("freshness");
        }
        return {};
    }

    // A mirror that shows what nobody has shows anything.
    Outcome check_absence() {
        const auto document = m_mirror.get(
            {.place = "simple/" + std::string(no_project) + "/",
             .limit_bytes = limits::page_bytes,
             .accept = std::string(audited_json_type)}
        );
        if (!document) {
            return m_book.note_failure("project that nobody has", document.error());
        }
        if (says_absent(document->response.status)) {
            m_book.pass("absence of what is not there");
        } else {
            m_book.find(
                "api-false-presence",
                Cause::false_evidence,
                {"project that nobody has",
                 "status 404",
                 "status " + std::to_string(document->response.status)}
            );
        }
        return {};
    }

    AuditClient& m_mirror;
    AuditBook& m_book;
    const FreshnessBound& m_freshness;
    AuditedList m_list;
};

}  // namespace

Result<AuditedList> audit_answers(
    AuditClient& mirror, AuditBook& book, const FreshnessBound& freshness
) {
    return AnswerAudit(mirror, book, freshness).run();
}

}  // namespace heliograph::mirror
