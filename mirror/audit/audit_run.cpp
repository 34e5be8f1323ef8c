// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/answer_audit.hpp>
#include <mirror/audit/audit_book.hpp>
#include <mirror/audit/audit_client.hpp>
#include <mirror/audit/audit_run.hpp>
#include <mirror/audit/list_audit.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/signature_along.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;
using verify::Cause;

constexpr int found = 200;
// A mirror of some files has few of what its pages name; so many are asked for to find one.
constexpr std::size_t tries_for_a_file = 20;

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
          m_book(m_mirror.source()),
          m_dice(request.seed) {
        if (request.master) {
            m_master.emplace(*request.master, m_access);
        }
        m_report.mirror = m_mirror.source();
    }

    Result<AuditReport> run() {
        HG_TRY(m_list, audit_answers(m_mirror, m_book, {m_request.max_age, m_clock.now()}));
        m_report.projects_listed = m_list.projects.size();
        HG_CHECK(open_signers());
        if (m_master) {
            HG_TRY(m_master_list, audit_lists(*m_master, m_book, m_list));
        }
        const auto projects = sample();
        for (const auto& project : projects) {
            HG_CHECK(check_project(project));
        }
        HG_CHECK(check_files());
        check_extent();
        m_report.verdict = m_book.take();
        return std::move(m_report);
    }

  private:
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
            m_book.pass("signers");
        } else {
            m_book.merge(m_signers->verdict());
        }
        return {};
    }

    // Also of those that the mirror does not list: what it shows must not choose what is looked at.
    std::vector<verify::ProjectName> sample() {
        std::set<verify::ProjectName> names;
        for (const auto* const list : {&m_list, &m_master_list}) {
            for (const auto& [project, serial] : list->projects) {
                names.insert(project);
            }
        }
        return draw(std::vector(names.begin(), names.end()), m_request.projects);
    }

    // An audit that saw no page says nothing in anybody's favour.
    void check_extent() {
        const bool nothing_there = m_master && m_master_list.projects.empty();
        if (m_report.pages_checked == 0 && m_request.projects != 0 && !nothing_there) {
            m_book.find(
                "nothing-checked",
                Cause::missing_evidence,
                {"pages of projects", "some that can be looked at", "none"}
            );
        }
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
            return m_book.note_failure(subject, document.error());
        }
        ++m_report.pages_checked;
        if (document->response.status != found) {
            m_book.find(
                "page-not-served",
                Cause::missing_evidence,
                {subject,
                 "the page that the list names",
                 "status " + std::to_string(document->response.status)}
            );
            return {};
        }
        HG_TRY(const bool believed, check_signature(project, *document));
        if (!believed) {
            return {};
        }
        const auto page = parse_audited_page(text_of(document->body));
        if (!page) {
            m_book.find(
                "page-unreadable",
                Cause::false_evidence,
                {subject, "a page by PEP 691", page.error().describe()}
            );
            return {};
        }
        for (const auto& [name, file] : page->files) {
            m_files.push_back({name, file, page_path(project)});
        }
        m_book.pass(subject);
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
        m_book.merge(std::move(judgement.verdict));
        return believed;
    }

    Outcome compare_page(const verify::ProjectName& project, const AuditedPage& here) {
        const auto document = m_master->page(project);
        if (!document) {
            return m_book.note_failure("master's page of " + project.text(), document.error());
        }
        if (document->response.status != found) {
            return {};  // The lists told, if it is gone.
        }
        const auto there = parse_audited_page(text_of(document->body));
        if (!there) {
            return Error(there.error()).at(m_master->source());
        }
        m_book.compare_pages(project, here, *there);
        return {};
    }

    Outcome check_files() {
        std::erase_if(m_files, [this](const FoundFile& one) {
            return one.file.size_bytes.value_or(0) > m_request.file_bytes;
        });
        const auto drawn = draw(std::move(m_files), m_request.files * tries_for_a_file);
        std::size_t looked_at = 0;
        for (const auto& one : drawn) {
            if (looked_at == m_request.files) {
                break;
            }
            HG_TRY(const auto given, check_file(one));
            if (given == Given::left_out) {
                continue;
            }
            ++looked_at;
            if (one.file.has_metadata) {
                HG_CHECK(check_metadata(one));
            }
        }
        // Claims that nobody signs are no reason to believe that the rest is right.
        if (looked_at == 0 && m_report.files_left_out != 0) {
            m_book.find(
                "nothing-checked",
                Cause::missing_evidence,
                {"files that pages name",
                 "some that can be looked at",
                 std::to_string(m_report.files_left_out) +
                     " of which it claims that its filter leaves them out, and no other"}
            );
        }
        return {};
    }

    Result<std::string> place_of(const FoundFile& one) const {
        HG_TRY(const auto page, m_request.mirror.resolve(one.page));
        HG_TRY(const auto url, page.resolve(one.file.url));
        return url.to_string();
    }

    enum class Given { answer, left_out };

    Result<Given> check_file(const FoundFile& one) {
        const std::string subject = "file " + one.name;
        if (!one.file.sha256) {
            m_book.find(
                "file-without-hash",
                Cause::missing_evidence,
                {subject, "a sha256 on its page", "none"}
            );
            return Given::answer;
        }
        const auto place = place_of(one);
        if (!place) {
            HG_CHECK(m_book.note_failure(subject, place.error()));
            return Given::answer;
        }
        auto answer = m_mirror.check_file(
            *place,
            {.subject = subject,
             .sha256 = *one.file.sha256,
             .size_bytes = one.file.size_bytes,
             .source = m_mirror.source(),
             .limit_bytes = m_request.file_bytes}
        );
        if (!answer) {
            HG_CHECK(m_book.note_failure(subject, answer.error()));
            return Given::answer;
        }
        if (answer->left_out) {
            ++m_report.files_left_out;
            return note_left_out(subject, *answer->left_out);
        }
        ++m_report.files_checked;
        if (answer->verdict) {
            m_book.merge(*std::move(answer->verdict));
        } else {
            m_book.find(
                "file-not-served", Cause::missing_evidence, {subject, "what its page links", "none"}
            );
        }
        return Given::answer;
    }

    // Nobody signs the claim: it excuses whoever is known to leave files out, and nobody else.
    Given note_left_out(const std::string& subject, const std::string& claim) {
        if (m_request.coverage == Coverage::partial) {
            m_book.find(
                "file-left-out",
                Cause::not_found,
                {subject, "what its page links", claim},
                verify::Severity::warning
            );
            return Given::left_out;
        }
        m_book.find(
            "file-left-out",
            Cause::missing_evidence,
            {subject,
             "what its page links",
             claim + "; if it is known to leave files out, audit it with --partial"}
        );
        return Given::answer;
    }

    Outcome check_metadata(const FoundFile& one) {
        const std::string subject = "metadata of " + one.name;
        const auto place = place_of(one);
        if (!place) {
            return m_book.note_failure(subject, place.error());
        }
        const auto text =
            m_mirror.get({.place = *place + ".metadata", .limit_bytes = limits::core_metadata_bytes}
            );
        if (!text) {
            return m_book.note_failure(subject, text.error());
        }
        ++m_report.metadata_checked;
        if (text->response.status != found) {
            m_book.find(
                "metadata-not-served",
                Cause::missing_evidence,
                {subject,
                 "the text that the page promises (PEP 658)",
                 "status " + std::to_string(text->response.status)}
            );
            return {};
        }
        const auto seen = pki::sha256(text->body);
        if (one.file.metadata_sha256 && *one.file.metadata_sha256 != seen) {
            m_book.find(
                "file-hash-mismatch",
                Cause::false_evidence,
                {subject, "sha256 " + one.file.metadata_sha256->to_hex(), "sha256 " + seen.to_hex()}
            );
        } else {
            m_book.pass(subject);
        }
        return {};
    }

    const AuditRequest& m_request;
    AuditAccess m_access;
    const Clock& m_clock;
    AuditClient m_mirror;
    AuditBook m_book;
    std::optional<AuditClient> m_master;
    std::optional<verify::SignerSet> m_signers;
    std::mt19937_64 m_dice;
    AuditedList m_list;
    AuditedList m_master_list;
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
