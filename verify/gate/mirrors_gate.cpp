// SPDX-License-Identifier: Apache-2.0
#include <verify/gate/mirrors_gate.hpp>
#include <verify/gate/signature_match.hpp>

#include <string_view>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::string_view get_another =
    "take the list from the publisher of the index, and report whoever gave this one";

class MirrorsJudge {
  public:
    MirrorsJudge(
        const MirrorsEvidence& evidence, const SignerSet& signers, const MirrorsDemand& demand
    )
        : m_evidence(evidence), m_signers(signers), m_demand(demand) {}

    Result<MirrorsJudgement> judge() {
        if (m_evidence.document.size() > mirrors_document_bytes) {
            complain({
                .id = "mirror-list-too-large",
                .expected = "at most " + std::to_string(mirrors_document_bytes) + " bytes",
                .seen = std::to_string(m_evidence.document.size()) + " bytes",
                .advice = std::string(get_another),
            });
            return conclude(std::nullopt);
        }
        HG_TRY(const auto signature, check_signature());
        if (signature != Signature::holds) {
            return conclude(std::nullopt);
        }
        return conclude(check_content());
    }

  private:
    enum class Signature { holds, does_not_hold };

    void complain(Finding finding) {
        finding.subject = "list of mirrors";
        finding.source = m_evidence.source;
        m_verdict.add(std::move(finding));
    }

    Result<Signature> check_signature() {
        for (const Finding& finding : m_signers.findings()) {
            m_verdict.add(finding);
        }
        if (!m_evidence.signature) {
            complain({
                .id = "mirror-list-signature-missing",
                .cause = Cause::missing_evidence,
                .expected = "a signature beside the list",
                .seen = "none",
                .advice = "name a list that `mirror mirrors sign` published, or give an unsigned "
                          "one with --mirrors",
            });
            return Signature::does_not_hold;
        }
        if (m_signers.candidates().empty() && !m_signers.findings().empty()) {
            return Signature::does_not_hold;
        }
        HG_TRY(
            auto match,
            match_signature(
                {m_evidence.document, *m_evidence.signature, "list of mirrors", m_evidence.source},
                m_signers
            )
        );
        if (match) {
            m_verdict.merge(std::move(match->verdict));
            return match->is_accepted ? Signature::holds : Signature::does_not_hold;
        }
        for (const auto& candidate : m_signers.candidates()) {
            if (!candidate.verdict.accepted()) {
                m_verdict.merge(candidate.verdict);
            }
        }
        complain({
            .id = "mirror-list-signature-invalid",
            .expected = "a signature over exactly these " +
                        std::to_string(m_evidence.document.size()) + " bytes by " +
                        expected_signers(m_signers),
            .seen = "a signature of " + std::to_string(m_evidence.signature->size()) +
                    " bytes that does not match",
            .advice = std::string(get_another),
        });
        return Signature::does_not_hold;
    }

    std::optional<MirrorsDocument> check_content() {
        auto document = parse_mirrors_document(text_of(m_evidence.document));
        if (!document) {
            complain({
                .id = "mirror-list-malformed",
                .expected = "a well-formed list of mirrors",
                .seen = document.error().message(),
                .advice = std::string(get_another),
            });
            return std::nullopt;
        }
        if (document->index != m_demand.index) {
            complain({
                .id = "mirror-list-of-another-index",
                .expected = "the list of index '" + m_demand.index + "'",
                .seen = "that of '" + document->index + "'",
                .advice = "name the list that belongs to the trust bundle",
            });
        }
        check_serial(*document);
        if (document->expires <= m_signers.judged_at()) {
            complain({
                .id = "mirror-list-expired",
                .cause = Cause::stale_evidence,
                .expected = "a list that is good now",
                .seen = "one that expired at " + format_rfc3339(document->expires),
                .advice = "ask the publisher of the index to sign a new one, and check this "
                          "machine's clock",
            });
        } else {
            m_verdict.pass("age of the list of mirrors");
        }
        return *std::move(document);
    }

    void check_serial(const MirrorsDocument& document) {
        const auto& seen = m_demand.seen;
        if (seen && document.serial < seen->serial) {
            complain({
                .id = "mirror-list-rollback",
                .expected =
                    "serial " + std::to_string(seen->serial) + " or later, which was seen before",
                .seen = "serial " + std::to_string(document.serial),
                .advice = std::string(get_another),
            });
        } else if (seen && document.serial == seen->serial && pki::sha256(m_evidence.document) != seen->digest) {
            complain({
                .id = "mirror-list-forked",
                .expected =
                    "the list that was seen before under serial " + std::to_string(seen->serial),
                .seen = "another one, signed too",
                .advice = "ask the publisher of the index which one is right",
            });
        } else {
            m_verdict.pass("serial of the list of mirrors");
        }
    }

    MirrorsJudgement conclude(std::optional<MirrorsDocument> document) {
        if (!m_verdict.accepted()) {
            document.reset();
        }
        HG_ASSERT(document || !m_verdict.accepted());
        return {std::move(m_verdict), std::move(document)};
    }

    const MirrorsEvidence& m_evidence;
    const SignerSet& m_signers;
    const MirrorsDemand& m_demand;
    Verdict m_verdict;
};

}  // namespace

Result<MirrorsJudgement> judge_mirrors(
    const MirrorsEvidence& evidence, const SignerSet& signers, const MirrorsDemand& demand
) {
    return MirrorsJudge(evidence, signers, demand).judge();
}

}  // namespace heliograph::verify
