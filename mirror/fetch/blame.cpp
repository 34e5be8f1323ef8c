// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/blame.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

using verify::Cause;
using verify::Severity;

constexpr std::string_view left_out_id = "file-left-out";

bool is_error(const verify::Finding& finding) {
    return finding.severity == Severity::error;
}

MirrorEvent event_of(const verify::Finding& finding) {
    if (finding.id == "file-hash-mismatch") {
        return MirrorEvent::corrupt;
    }
    // Whoever tells that a signer is revoked says what its authority says.
    if (finding.id == "page-serial-rollback" || finding.id == "signer-revoked") {
        return MirrorEvent::behind;
    }
    // A mirror of some files, which says so. Nobody signs that, and it is blamed for nothing.
    if (finding.id == left_out_id) {
        return MirrorEvent::nothing;
    }
    return finding.cause == Cause::false_evidence ? MirrorEvent::hostile : MirrorEvent::incomplete;
}

// The worst of all findings: the enumeration goes from harmless to hostile.
MirrorEvent worst_event(const std::vector<verify::Finding>& findings) {
    MirrorEvent worst = MirrorEvent::nothing;
    for (const auto& finding : findings) {
        if (is_error(finding)) {
            worst = std::max(worst, event_of(finding));
        }
    }
    return worst;
}

MirrorFailure one_finding(const std::string& mirror, verify::Finding finding) {
    finding.source = mirror;
    MirrorFailure failure{mirror, std::nullopt, {std::move(finding)}};
    failure.event = worst_event(failure.findings);
    return failure;
}

}  // namespace

bool ends_the_fetch(const Error& error) {
    switch (error.code()) {
        case ErrorCode::invalid_argument:
        case ErrorCode::exists:
        case ErrorCode::denied:
        case ErrorCode::io:
        case ErrorCode::cancelled:
        case ErrorCode::internal:
            return true;
        default:
            return false;
    }
}

MirrorFailure failure_of(const Url& mirror, const verify::Verdict& verdict) {
    MirrorFailure failure{mirror.to_string(), std::nullopt, verdict.findings()};
    failure.event = worst_event(failure.findings);
    return failure;
}

MirrorFailure failure_of(const Url& mirror, Error error) {
    if (error.code() != ErrorCode::too_large) {
        return {mirror.to_string(), std::move(error), {}};
    }
    return one_finding(
        mirror.to_string(),
        {.id = "document-too-large",
         .subject = "page or its evidence",
         .expected = "documents within their limits",
         .seen = error.message(),
         .advice = "use another mirror and report this one"}
    );
}

MirrorFailure distrusted_earlier(const Url& mirror) {
    auto failure = one_finding(
        mirror.to_string(),
        {.id = "mirror-distrusted",
         .subject = "mirror",
         .expected = "a mirror that gave no false evidence",
         .seen = "one that did, earlier in this run",
         .advice = "see what was said of it above"}
    );
    failure.event = MirrorEvent::nothing;
    return failure;
}

std::optional<MirrorFailure> not_asked(const Url& mirror, const MirrorHealth& health, Instant now) {
    const std::string base = mirror.to_string();
    switch (standing_of(health, now)) {
        case MirrorStanding::banned:
            break;
        case MirrorStanding::resting:
            return MirrorFailure{
                base,
                Error(
                    ErrorCode::network,
                    "the mirror asks not to be asked before " + format_rfc3339(*health.rest_until)
                ),
                {}};
        default:
            return std::nullopt;
    }
    auto failure = one_finding(
        base,
        {.id = "mirror-banned",
         .subject = "mirror",
         .expected = "a mirror that gave no false evidence lately",
         .seen = "one that is not asked before " + format_rfc3339(health.ban->until) + " for " +
                 health.ban->finding,
         .advice = "once it is mended, run: fetch mirrors --lift " + base}
    );
    failure.event = MirrorEvent::nothing;
    failure.evidence = health.ban->evidence;
    return failure;
}

MirrorFailure wrong_part(
    const std::string& mirror, const std::string& file, const std::string& other
) {
    auto failure = one_finding(
        mirror,
        {.id = "file-part-mismatch",
         .subject = "file " + file,
         .expected = "bytes that complete the file of the signed page",
         .seen = "a part that does not, while the whole file of " + other + " is right",
         .advice = "use another mirror and report this one"}
    );
    // The proof is by elimination, so this weighs as a failure and not as a lie.
    failure.event = MirrorEvent::cut_short;
    return failure;
}

bool has_false_evidence(const MirrorFailure& failure) {
    return std::any_of(failure.findings.begin(), failure.findings.end(), [](const auto& finding) {
        return is_error(finding) && finding.cause == Cause::false_evidence;
    });
}

bool claims_to_leave_out(const MirrorFailure& failure) {
    return std::any_of(failure.findings.begin(), failure.findings.end(), [](const auto& finding) {
        return finding.id == left_out_id;
    });
}

bool is_about_bytes(const MirrorFailure& failure) {
    return failure.event != MirrorEvent::incomplete && !claims_to_leave_out(failure);
}

}  // namespace heliograph::mirror
