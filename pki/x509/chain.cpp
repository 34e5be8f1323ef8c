// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain.hpp>
#include <pki/x509/chain_defect.hpp>
#include <pki/x509/path_search.hpp>
#include <pki/x509/path_validation.hpp>
#include <pki/x509/revocation_check.hpp>

#include <optional>

namespace heliograph::pki {

namespace {

Outcome check_budgets(const ChainRequest& request) {
    if (request.roots.empty()) {
        return Error(ErrorCode::invalid_argument, "expected at least one trusted root, saw none");
    }
    if (request.intermediates.size() > chain_intermediate_limit ||
        request.roots.size() > chain_root_limit ||
        request.revocation_lists.size() > chain_revocation_list_limit) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(chain_intermediate_limit) + " intermediates, " +
                std::to_string(chain_root_limit) + " roots and " +
                std::to_string(chain_revocation_list_limit) + " revocation lists, saw more"
        );
    }
    return {};
}

// The path with the fewest defects so far.
struct BestPath {
    CertificatePath path;
    std::vector<ChainDefect> defects;
};

Result<std::optional<BestPath>> best_path(
    const ChainRequest& request,
    ChainEvidence& evidence,
    WalkedLinks links,
    CertificatePath& longest
) {
    std::optional<BestPath> best;
    auto searched =
        search_paths(evidence, 0, links, [&](const CertificatePath& path) -> Result<bool> {
            DefectList defects;
            const JudgedPath judged{request, evidence, path, PathUse::leaf};
            HG_CHECK(validate_path(judged, defects));
            HG_CHECK(check_revocation(judged, defects));
            const bool good = defects.empty();
            if (!best || defects.all().size() < best->defects.size()) {
                best = BestPath{path, std::move(defects.all())};
            }
            return good;
        });
    if (!searched) {
        return std::move(searched).error();
    }
    longest = std::move(searched).value();
    return best;
}

ChainReport report_of(const ChainEvidence& evidence, BestPath best) {
    ChainReport report;
    report.defects = std::move(best.defects);
    for (const std::size_t index : best.path) {
        report.path.push_back(*evidence.at(index).certificate);
    }
    return report;
}

ChainReport untrusted(
    const ChainRequest& request, ChainEvidence& evidence, const CertificatePath& longest
) {
    DefectList defects;
    const Certificate& last = *evidence.at(longest.back()).certificate;
    defects.add(
        {ChainDefectCode::untrusted_issuer,
         display_name(last),
         "a chain to one of the trusted roots",
         "'" + display_name(last) + "' issued by '" + last.issuer() +
             "' and no certificate that leads further",
         "untrusted-issuer",
         "RFC 5280 section 6.1"}
    );
    validate_fragment({request, evidence, longest, PathUse::leaf}, defects);
    return report_of(evidence, {longest, std::move(defects.all())});
}

void add_checks(const ChainRequest& request, ChainReport& report) {
    report.checked.push_back(
        "a path of " + std::to_string(report.path.size()) + " certificates to the trusted root '" +
        display_name(report.path.back()) + "'"
    );
    report.checked.push_back(
        "every signature, time of validity at " + format_rfc3339(request.at) +
        ", basic constraints, key usage, path length, name constraints and policies"
    );
    report.checked.push_back(
        "the form of every certificate by the rules " + std::string(rule_set_name(request.rules))
    );
    if (request.name) {
        report.checked.push_back("the name " + request.name->text());
    }
    if (request.revocation == RevocationPolicy::required) {
        report.checked.push_back("a current revocation list for every certificate below the root");
    }
}

}  // namespace

Result<ChainReport> check_chain(const ChainRequest& request) {
    HG_CHECK(check_budgets(request));
    auto evidence = ChainEvidence::make(request);
    if (!evidence) {
        ChainReport report;
        report.path.push_back(request.leaf);
        report.defects.push_back(make_defect(
            {ChainDefectCode::not_strict, "certificate-malformed", "RFC 5280 section 4.1"},
            request.leaf,
            "a certificate in DER",
            evidence.error().message()
        ));
        return report;
    }
    CertificatePath longest{0};
    HG_TRY(auto best, best_path(request, *evidence, WalkedLinks::good, longest));
    if (!best) {
        CertificatePath loose_longest;
        HG_TRY(best, best_path(request, *evidence, WalkedLinks::loose, loose_longest));
    }
    ChainReport report =
        best ? report_of(*evidence, std::move(*best)) : untrusted(request, *evidence, longest);
    if (evidence->is_exhausted() && !report.accepted()) {
        report.defects.push_back(make_defect(
            {ChainDefectCode::budget, "search-budget", "RFC 4158 section 8"},
            request.leaf,
            "a path that is found within the budget of steps and signature checks",
            "none"
        ));
    }
    if (report.accepted()) {
        add_checks(request, report);
    }
    return report;
}

}  // namespace heliograph::pki
