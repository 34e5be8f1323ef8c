// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/gate/signer_set.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace heliograph::verify {

namespace {

using Code = pki::ChainDefectCode;

/// What absent or stale evidence weighs under a demand.
Severity weight(Demand demand) {
    return demand == Demand::required ? Severity::error : Severity::warning;
}

/// The part of a finding that follows from the kind of defect.
struct DefectClass {
    std::string_view id;
    Cause cause;
    std::string_view expected;
    std::string_view advice;
};

DefectClass classify(Code code) {
    constexpr std::string_view another = "use another mirror and report this one";
    constexpr std::string_view renew =
        "ask the operator of the index to renew it, and check this machine's clock";
    switch (code) {
        case Code::expired:
            return {
                "signer-expired", Cause::stale_evidence, "a signer chain that is valid now", renew};
        case Code::not_yet_valid:
            return {
                "signer-not-yet-valid",
                Cause::stale_evidence,
                "a signer chain that is valid now",
                renew};
        case Code::untrusted_issuer:
            return {
                "signer-chain-untrusted",
                Cause::false_evidence,
                "a signer chain that ends in a root of the trust bundle",
                another};
        case Code::wrong_purpose:
            return {
                "signer-wrong-purpose",
                Cause::false_evidence,
                "a certificate issued for page signing",
                another};
        case Code::revoked:
            return {
                "signer-revoked",
                Cause::false_evidence,
                "a signer chain without revoked certificates",
                another};
        case Code::revocation_unknown:
            return {
                "revocation-missing",
                Cause::missing_evidence,
                "a revocation list of every authority in the chain",
                another};
        case Code::revocation_list_expired:
            return {
                "revocation-stale",
                Cause::stale_evidence,
                "a revocation list that is current",
                renew};
        case Code::revocation_list_invalid:
            return {
                "revocation-malformed",
                Cause::false_evidence,
                "revocation lists signed by their authority",
                another};
        case Code::bad_signature:
        case Code::weak_key:
        case Code::not_strict:
        case Code::path_too_long:
        case Code::name_constraint:
        case Code::wrong_name:
        case Code::policy:
        case Code::budget:
        case Code::other:
            break;
    }
    return {
        "signer-chain-invalid",
        Cause::false_evidence,
        "a signer chain that follows RFC 5280",
        another};
}

bool is_weak_revocation_defect(Code code) {
    return code == Code::revocation_unknown || code == Code::revocation_list_expired;
}

// Lists or a chain that are false themselves prove nothing: a mirror could name any signer in them.
bool is_soundly_revoked(const Verdict& verdict) {
    const auto& findings = verdict.findings();
    return verdict.find("signer-revoked") != nullptr &&
           std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
               return finding.id == "signer-revoked" || finding.cause != Cause::false_evidence;
           });
}

}  // namespace

/// Builds a set in steps: lists, then candidates.
class SignerSetMaker {
  public:
    SignerSetMaker(const SignerEvidence& evidence, const TrustBundle& trust)
        : m_evidence(evidence), m_trust(trust) {}

    Result<SignerSet> make(const PagePolicy& policy, Instant at) {
        m_set.m_policy = policy;
        m_set.m_judged_at = at;
        if (policy.page_signature == Demand::ignored) {
            return std::move(m_set);
        }
        if (!m_evidence.chain_pem) {
            complain({
                .id = "signer-chain-missing",
                .severity = weight(policy.page_signature),
                .cause = Cause::missing_evidence,
                .expected = "the certificate chain of the page signer at /serverkey.crt",
                .seen = "none",
                .advice = "use another mirror, or ask its operator to serve the chain",
            });
            return std::move(m_set);
        }
        const auto chain = parse_server_key(text_of(*m_evidence.chain_pem));
        if (!chain.has_value()) {
            complain({
                .id = "signer-chain-malformed",
                .cause = Cause::false_evidence,
                .expected = "a well-formed certificate chain at /serverkey.crt",
                .seen = chain.error().message(),
                .advice = "use another mirror and report this one",
            });
            return std::move(m_set);
        }
        read_revocation();
        for (const pki::Certificate& signer : chain->signers) {
            HG_TRY(auto verdict, judge(signer, chain->intermediates));
            m_set.m_candidates.push_back({signer, std::move(verdict)});
        }
        return std::move(m_set);
    }

  private:
    void complain(Finding finding) {
        finding.subject = "page signer";
        finding.source = m_evidence.source;
        m_set.m_findings.push_back(std::move(finding));
    }

    void read_revocation() {
        if (m_set.m_policy.revocation == Demand::ignored) {
            return;
        }
        if (!m_evidence.revocation_pem) {
            complain({
                .id = "revocation-missing",
                .severity = weight(m_set.m_policy.revocation),
                .cause = Cause::missing_evidence,
                .expected = "revocation lists of the signer's chain at /serverkey.crl",
                .seen = "none",
                .advice = "use another mirror, or ask its operator to serve the lists",
            });
            return;
        }
        auto lists = parse_server_revocation(text_of(*m_evidence.revocation_pem));
        if (!lists.has_value()) {
            complain({
                .id = "revocation-malformed",
                .cause = Cause::false_evidence,
                .expected = "well-formed revocation lists at /serverkey.crl",
                .seen = lists.error().message(),
                .advice = "use another mirror and report this one",
            });
            return;
        }
        m_lists = *std::move(lists);
    }

    Result<Verdict> judge(
        const pki::Certificate& signer, const std::vector<pki::Certificate>& intermediates
    ) const {
        const pki::ChainRequest request{
            .leaf = signer,
            .intermediates = intermediates,
            .roots = m_trust.roots,
            .revocation_lists = m_lists,
            .purpose = pki::ChainPurpose::signer,
            .at = m_set.m_judged_at,
            .revocation = m_lists.empty() ? pki::RevocationPolicy::not_checked
                                          : pki::RevocationPolicy::required,
        };
        HG_TRY(auto report, pki::check_chain(request));
        Verdict verdict;
        for (const pki::ChainDefect& defect : report.defects) {
            const DefectClass kind = classify(defect.code);
            verdict.add({
                .id = std::string(kind.id),
                .severity = is_weak_revocation_defect(defect.code)
                                ? weight(m_set.m_policy.revocation)
                                : Severity::error,
                .cause = kind.cause,
                .subject = "page signer " + defect.subject,
                .expected = std::string(kind.expected),
                .seen = defect.seen,
                .source = m_evidence.source,
                .advice = std::string(kind.advice),
            });
        }
        add_known_revocation(signer, verdict);
        if (!verdict.worst_cause()) {
            verdict.pass("certificate chain of page signer " + signer.subject());
            // A stale list that the policy lets pass is a warning, not a check that held.
            if (request.revocation == pki::RevocationPolicy::required && report.defects.empty()) {
                verdict.pass("revocation lists of page signer " + signer.subject());
            }
        }
        return verdict;
    }

    void add_known_revocation(const pki::Certificate& signer, Verdict& verdict) const {
        const auto& known = m_evidence.revoked;
        const bool is_known =
            std::find(known.begin(), known.end(), signer.fingerprint()) != known.end();
        if (!is_known || verdict.find("signer-revoked") != nullptr) {
            return;
        }
        const DefectClass kind = classify(Code::revoked);
        verdict.add({
            .id = std::string(kind.id),
            .cause = kind.cause,
            .subject = "page signer " + signer.subject(),
            .expected = std::string(kind.expected),
            .seen = "one that its issuer has revoked, by lists that another mirror gave",
            .source = m_evidence.source,
            .advice = std::string(kind.advice),
        });
    }

    const SignerEvidence& m_evidence;
    const TrustBundle& m_trust;
    std::vector<pki::RevocationList> m_lists;
    SignerSet m_set;
};

bool SignerSet::usable() const {
    const bool sound =
        std::none_of(m_findings.begin(), m_findings.end(), [](const Finding& finding) {
            return finding.severity == Severity::error;
        });
    return sound &&
           std::any_of(m_candidates.begin(), m_candidates.end(), [](const Candidate& candidate) {
               return candidate.verdict.accepted();
           });
}

std::vector<pki::Sha256> SignerSet::revoked() const {
    std::vector<pki::Sha256> fingerprints;
    for (const Candidate& candidate : m_candidates) {
        if (is_soundly_revoked(candidate.verdict)) {
            fingerprints.push_back(candidate.certificate.fingerprint());
        }
    }
    return fingerprints;
}

Verdict SignerSet::verdict() const {
    Verdict verdict;
    for (const Finding& finding : m_findings) {
        verdict.add(finding);
    }
    for (const Candidate& candidate : m_candidates) {
        verdict.merge(candidate.verdict);
    }
    return verdict;
}

Result<SignerSet> judge_signers(
    const SignerEvidence& evidence, const TrustBundle& trust, const PagePolicy& policy, Instant at
) {
    return SignerSetMaker(evidence, trust).make(policy, at);
}

}  // namespace heliograph::verify
