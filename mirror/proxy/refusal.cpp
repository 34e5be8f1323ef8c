// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/refusal.hpp>
#include <pki/base/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

using verify::Cause;
using verify::Severity;

constexpr int not_found_status = 404;
constexpr int refused_status = 409;
constexpr int unreachable_status = 424;

// The first error with the worst cause, if the failure is a judgement at all.
const verify::Finding* worst_finding(const MirrorFailure& failure) {
    const verify::Finding* worst = nullptr;
    for (const auto& finding : failure.findings) {
        if (finding.severity == Severity::error &&
            (worst == nullptr || finding.cause < worst->cause)) {
            worst = &finding;
        }
    }
    return worst;
}

// From worst to most harmless: causes in their order, then not found, then not reached.
int weight_of(const MirrorFailure& failure) {
    const auto* finding = worst_finding(failure);
    constexpr int not_reached = 10;
    return finding != nullptr ? static_cast<int>(finding->cause) : not_reached;
}

bool is_absence(const MirrorFailure& failure) {
    const auto* finding = worst_finding(failure);
    return finding != nullptr && finding->cause == Cause::not_found;
}

}  // namespace

std::string sentence_of(const MirrorFailure& failure) {
    if (const auto* finding = worst_finding(failure)) {
        return finding->sentence();
    }
    const std::string said = failure.error ? failure.error->describe() : "it did not deliver";
    return verify::printable("mirror " + failure.mirror + ": " + said);
}

Refusal refusal_of(std::string_view subject, const std::vector<MirrorFailure>& failures) {
    const auto worst =
        std::min_element(failures.begin(), failures.end(), [](const auto& left, const auto& right) {
            return weight_of(left) < weight_of(right);
        });
    if (worst == failures.end()) {
        return {
            unreachable_status,
            "No mirror could be asked",
            std::string(subject) + ": expected a mirror that may be asked, there is none"};
    }
    const bool all_absent = std::all_of(failures.begin(), failures.end(), is_absence);
    const auto filtered = std::find_if(failures.begin(), failures.end(), claims_to_leave_out);
    if (all_absent && filtered != failures.end()) {
        return {unreachable_status, "No mirror gives this", sentence_of(*filtered)};
    }
    if (all_absent) {
        return {not_found_status, "No mirror has this", sentence_of(*worst)};
    }
    if (worst_finding(*worst) == nullptr || is_absence(*worst)) {
        // Absence counts only when all agree on it: one that could not be asked may have it.
        const auto silent = std::find_if(failures.begin(), failures.end(), [](const auto& failure) {
            return worst_finding(failure) == nullptr;
        });
        return {
            unreachable_status,
            "No mirror could be asked",
            std::string(subject) + ": " + sentence_of(*silent)};
    }
    return {refused_status, "No mirror gave what can be verified", sentence_of(*worst)};
}

Refusal refusal_of(std::string_view subject, const Error& error) {
    return {
        refused_status,
        "The verifying proxy failed",
        verify::printable(std::string(subject) + ": " + error.describe())};
}

HttpReply refuse_with(const Refusal& refusal, std::string_view request_id, HeaderList more) {
    more.add("X-Request-Id", request_id);
    more.add("Cache-Control", "no-store");
    more.add("Content-Type", "application/problem+json");
    HttpReply reply = HttpReply::refusal(refusal.status, "heliograph: " + refusal.detail);
    const JsonValue problem = JsonObject{
        {"type", "about:blank"},
        {"title", refusal.title},
        {"status", refusal.status},
        {"detail", "heliograph: " + refusal.detail},
        {"instance", "urn:heliograph:request:" + std::string(request_id)}};
    reply.head = std::make_shared<const std::string>(more.render());
    reply.body = BytesBody{std::make_shared<const Bytes>(to_bytes(render_json(problem) + "\n"))};
    return reply;
}

}  // namespace heliograph::mirror
