// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/pki/ocsp_judgement.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace heliograph::tools::pki_commands {

namespace {

verify::Cause cause_of(pki::OcspDefectCode code) {
    switch (code) {
        case pki::OcspDefectCode::stale:
        case pki::OcspDefectCode::from_future:
            return verify::Cause::stale_evidence;
        case pki::OcspDefectCode::unsuccessful:
        case pki::OcspDefectCode::no_answer:
        case pki::OcspDefectCode::unknown:
            return verify::Cause::missing_evidence;
        case pki::OcspDefectCode::malformed:
        case pki::OcspDefectCode::wrong_responder:
        case pki::OcspDefectCode::bad_signature:
        case pki::OcspDefectCode::revoked:
            break;
    }
    return verify::Cause::false_evidence;
}

bool ends_at_a_root(const pki::ChainRequest& request, const pki::ChainReport& chain) {
    return chain.path.size() > 1 &&
           std::find(request.roots.begin(), request.roots.end(), chain.path.back()) !=
               request.roots.end();
}

pki::OcspDefect leaf_unanswered(std::string seen) {
    return {
        pki::OcspDefectCode::no_answer,
        "ocsp-leaf-unanswered",
        "RFC 6960 section 3.2",
        "an OCSP response about the first certificate of the chain",
        std::move(seen)};
}

std::vector<ResponseFinding> findings_of(
    const pki::OcspReport& report, const pki::ChainReport& chain, const std::string& file
) {
    const std::string subject = chain.path[report.place.value_or(0)].subject();
    std::vector<ResponseFinding> findings;
    findings.reserve(report.defects.size());
    for (const pki::OcspDefect& defect : report.defects) {
        findings.push_back({subject, file, defect});
    }
    return findings;
}

}  // namespace

Result<JudgedResponses> judge_responses(
    const std::vector<std::string>& files,
    const pki::ChainRequest& request,
    const pki::ChainReport& chain
) {
    JudgedResponses judged;
    const bool rooted = ends_at_a_root(request, chain);
    bool leaf_answered = false;
    for (const std::string& file : files) {
        HG_TRY(const Bytes response, read_file(file, pki::ocsp_response_limit_bytes));
        if (!rooted) {
            continue;
        }
        HG_TRY(
            const pki::OcspReport report,
            pki::check_ocsp_response(response, {chain.path, request.at, request.rules})
        );
        leaf_answered = leaf_answered || report.place == 0U;
        auto findings = findings_of(report, chain, file);
        std::move(findings.begin(), findings.end(), std::back_inserter(judged.findings));
        judged.checked.insert(judged.checked.end(), report.checked.begin(), report.checked.end());
    }
    if (rooted && !files.empty() && !leaf_answered) {
        judged.findings.push_back(
            {chain.path.front().subject(), "", leaf_unanswered("none among those of --ocsp")}
        );
    }
    return judged;
}

Result<JudgedResponses> judge_stapled(
    ByteSpan response, const pki::ChainRequest& request, const pki::ChainReport& chain
) {
    if (!ends_at_a_root(request, chain)) {
        return JudgedResponses();
    }
    HG_TRY(
        const pki::OcspReport report,
        pki::check_ocsp_response(response, {chain.path, request.at, request.rules})
    );
    JudgedResponses judged{findings_of(report, chain, ""), report.checked};
    if (report.place && *report.place != 0) {
        judged.findings.push_back(
            {chain.path.front().subject(), "", leaf_unanswered("one about another certificate")}
        );
    }
    return judged;
}

verify::Finding finding_of(const ResponseFinding& one) {
    return {
        .id = one.defect.id,
        .severity = verify::Severity::error,
        .cause = cause_of(one.defect.code),
        .subject = one.subject,
        .expected = one.defect.expected,
        .seen = one.defect.seen,
        .source = one.file,
        .advice = "see " + one.defect.clause};
}

verify::Verdict verdict_of(const JudgedResponses& responses) {
    verify::Verdict verdict;
    for (const ResponseFinding& one : responses.findings) {
        verdict.add(finding_of(one));
    }
    for (const std::string& check : responses.checked) {
        verdict.pass(check);
    }
    return verdict;
}

}  // namespace heliograph::tools::pki_commands
