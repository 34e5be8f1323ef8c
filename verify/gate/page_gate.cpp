// SPDX-License-Identifier: Apache-2.0
#include <verify/gate/page_gate.hpp>
#include <verify/gate/signature_match.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>
#include <verify/verdict/limits.hpp>

#include <string_view>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::string_view report_advice = "use another mirror and report this one";

class PageJudge {
  public:
    PageJudge(const PageEvidence& evidence, const SignerSet& signers, const TrustState& state)
        : m_evidence(evidence),
          m_signers(signers),
          m_state(state),
          m_subject(subject_of(evidence)) {}

    Result<PageJudgement> judge() {
        if (m_evidence.page.size() > limits::page_bytes) {
            complain({
                .id = "page-too-large",
                .expected = "at most " + std::to_string(limits::page_bytes) + " bytes",
                .seen = std::to_string(m_evidence.page.size()) + " bytes",
                .advice = std::string(report_advice),
            });
            return conclude(std::nullopt);
        }
        HG_CHECK(check_signature());
        if (!m_signature_holds && m_signers.policy().page_signature == Demand::required) {
            // Nobody vouches for these bytes, so they are not worth a parser's work and risk.
            return conclude(std::nullopt);
        }
        return conclude(check_content());
    }

  private:
    static std::string subject_of(const PageEvidence& evidence) {
        const std::string_view form = evidence.form == PageForm::json ? "JSON" : "HTML";
        return std::string(form) + " page of project " + evidence.wanted.text();
    }

    void complain(Finding finding) {
        finding.subject = m_subject;
        finding.source = m_evidence.source;
        m_verdict.add(std::move(finding));
    }

    Outcome check_signature() {
        if (m_signers.policy().page_signature == Demand::ignored) {
            return {};
        }
        for (const Finding& finding : m_signers.findings()) {
            m_verdict.add(finding);
        }
        if (!m_evidence.signature) {
            complain({
                .id = "page-signature-missing",
                .severity = m_signers.policy().page_signature == Demand::required
                                ? Severity::error
                                : Severity::warning,
                .cause = Cause::missing_evidence,
                .expected = "a signature at /serversig/" + m_evidence.wanted.text(),
                .seen = "none",
                .advice = "use another mirror, or ask its operator to serve signatures",
            });
            return {};
        }
        if (m_signers.candidates().empty() && !m_signers.findings().empty()) {
            // Nobody is left to check it by, as said above: that does not make it false.
            return {};
        }
        HG_TRY(
            auto match,
            match_signature(
                {m_evidence.page, *m_evidence.signature, m_subject, m_evidence.source}, m_signers
            )
        );
        if (match) {
            m_signature_holds = match->is_accepted;
            m_verdict.merge(std::move(match->verdict));
            return {};
        }
        refuse_signature();
        return {};
    }

    void refuse_signature() {
        for (const SignerSet::Candidate& candidate : m_signers.candidates()) {
            if (!candidate.verdict.accepted()) {
                m_verdict.merge(candidate.verdict);
            }
        }
        complain({
            .id = "page-signature-invalid",
            .expected = "a signature over exactly these " + std::to_string(m_evidence.page.size()) +
                        " bytes by " + expected_signers(m_signers),
            .seen = "a signature of " + std::to_string(m_evidence.signature->size()) +
                    " bytes that does not match",
            .advice = std::string(report_advice),
        });
    }

    [[nodiscard]] Result<ProjectPage> read() const {
        const std::string_view text = text_of(m_evidence.page);
        return m_evidence.form == PageForm::html && m_evidence.json != nullptr
                   ? parse_page_html(text, *m_evidence.json)
                   : parse_page(text, m_evidence.form);
    }

    std::optional<ProjectPage> check_content() {
        auto page = read();
        if (!page.has_value()) {
            complain({
                .id = "page-malformed",
                .expected = "a well-formed page",
                .seen = page.error().message(),
                .advice = std::string(report_advice),
            });
            return std::nullopt;
        }
        if (page->name != m_evidence.wanted) {
            complain({
                .id = "page-name-mismatch",
                .expected = "the page to name project " + m_evidence.wanted.text(),
                .seen = "the page of project " + page->name.text(),
                .advice = std::string(report_advice),
            });
        } else {
            m_verdict.pass("name in the " + m_subject);
        }
        check_serial(page->serial);
        return *std::move(page);
    }

    void check_serial(Serial serial) {
        const auto seen = m_state.seen(m_evidence.wanted);
        if (m_signers.policy().serial == Demand::ignored) {
            return;
        }
        if (seen && serial < *seen) {
            complain({
                .id = "page-serial-rollback",
                .expected =
                    "serial " + std::to_string(seen->value) + " or later, which was seen before",
                .seen = "serial " + std::to_string(serial.value),
                .advice = "use another mirror; this one serves an old state",
            });
            return;
        }
        m_verdict.pass("serial of the " + m_subject);
    }

    PageJudgement conclude(std::optional<ProjectPage> page) {
        if (!m_verdict.accepted()) {
            page.reset();
        }
        HG_ASSERT(page || !m_verdict.accepted());
        // The gate never opens by a path that forgot the signature.
        HG_ASSERT(
            !page || m_signature_holds || m_signers.policy().page_signature != Demand::required
        );
        return {std::move(m_verdict), std::move(page)};
    }

    const PageEvidence& m_evidence;
    const SignerSet& m_signers;
    const TrustState& m_state;
    std::string m_subject;
    Verdict m_verdict;
    bool m_signature_holds = false;
};

}  // namespace

Result<PageJudgement> judge_page(
    const PageEvidence& evidence, const SignerSet& signers, const TrustState& state
) {
    return PageJudge(evidence, signers, state).judge();
}

Result<PageJudgement> judge_page(
    const PageEvidence& evidence, const SignerEvidence& signer_evidence, const JudgementBasis& basis
) {
    HG_TRY(auto signers, judge_signers(signer_evidence, basis.trust, basis.policy, basis.at));
    return judge_page(evidence, signers, basis.state);
}

}  // namespace heliograph::verify
