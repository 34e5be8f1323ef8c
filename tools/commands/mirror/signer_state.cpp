// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/mirrors_publisher.hpp>
#include <mirror/publish/signer_standing.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/master.hpp>
#include <tools/commands/mirror/signer_state.hpp>

#include <algorithm>
#include <iterator>

namespace heliograph::tools::mirror_commands {

namespace {

using Candidate = verify::SignerSet::Candidate;

void add_warnings(const verify::Verdict& verdict, std::vector<std::string>& warnings) {
    const auto told = mirror::for_operator(verdict);
    for (const auto& finding : told.findings()) {
        if (finding.severity == verify::Severity::error) {
            warnings.push_back(finding.sentence());
        }
    }
}

// The signer that lasts longest of those that clients accept; of two in overlap, the later.
const Candidate* longest_good(const std::vector<Candidate>& candidates) {
    const Candidate* longest = nullptr;
    for (const auto& candidate : candidates) {
        const bool is_later = longest == nullptr ||
                              longest->certificate.not_after() < candidate.certificate.not_after();
        if (candidate.verdict.accepted() && is_later) {
            longest = &candidate;
        }
    }
    return longest;
}

std::vector<std::string> warnings_of(const verify::SignerSet& signers, Instant at) {
    std::vector<std::string> warnings;
    const auto* longest = longest_good(signers.candidates());
    if (longest == nullptr) {
        add_warnings(signers.verdict(), warnings);
        return warnings;
    }
    for (const auto& candidate : signers.candidates()) {
        // Where another is good, one that is merely over does no harm.
        if (candidate.verdict.find("signer-revoked") != nullptr) {
            add_warnings(candidate.verdict, warnings);
        }
    }
    if (at >= mirror::renewal_due(longest->certificate)) {
        warnings.push_back(
            "page signer " + longest->certificate.subject() + " ends at " +
            format_rfc3339(longest->certificate.not_after()) +
            ", and clients refuse every page from then on; issue another with `pki issue signer "
            "NAME`, then run: mirror resign --signer BUNDLE"
        );
    }
    return warnings;
}

// A list that ends takes every client with it that knows no other mirrors.
Result<std::vector<std::string>> warnings_of_mirrors(const mirror::Catalog& catalog, Instant at) {
    constexpr std::chrono::days soon{14};
    std::vector<std::string> warnings;
    HG_TRY(const auto list, local_fault(mirror::published_mirrors(catalog)));
    if (list && at >= list->expires - soon) {
        warnings.push_back(
            "the list of mirrors, serial " + std::to_string(list->serial) + ", " +
            (at >= list->expires ? "expired at " : "expires at ") + format_rfc3339(list->expires) +
            ", and clients refuse it from then on; make another with `mirror mirrors build` and "
            "`mirror mirrors sign`"
        );
    }
    return warnings;
}

}  // namespace

Result<SignerState> read_signer_state(
    const mirror::MirrorFolder& folder, const mirror::Catalog& catalog, Instant at
) {
    HG_TRY(const auto trust, own_trust(folder));
    HG_TRY(const auto documents, local_fault(mirror::published_evidence(catalog), FileOrigin::own));
    HG_TRY(const auto signers, mirror::judge_evidence(documents, trust, at));
    SignerState state;
    for (const auto& candidate : signers.candidates()) {
        state.signers.push_back(
            {candidate.certificate.subject(),
             candidate.certificate.not_after(),
             candidate.verdict.accepted()}
        );
    }
    state.warnings = warnings_of(signers, at);
    HG_TRY(auto more, warnings_of_mirrors(catalog, at));
    std::move(more.begin(), more.end(), std::back_inserter(state.warnings));
    return state;
}

JsonValue json_of_signers(const SignerState& state) {
    JsonArray list;
    for (const auto& signer : state.signers) {
        list.push_back(JsonObject{
            {"subject", signer.subject},
            {"not_after", format_rfc3339(signer.not_after)},
            {"accepted", signer.is_good}});
    }
    return list;
}

Outcome warn_of_signers(const mirror::MirrorFolder& folder, Console& console) {
    if (folder.marker().role != mirror::MirrorRole::master) {
        return {};
    }
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    HG_TRY(const auto state, read_signer_state(folder, *catalog, SystemClock().now()));
    for (const auto& warning : state.warnings) {
        console.warn(warning);
    }
    return {};
}

}  // namespace heliograph::tools::mirror_commands
