// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/proxy_record.hpp>
#include <mirror/proxy/refusal.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::size_t most_notes = 10'000;

JsonValue json_of_failure(const MirrorFailure& failure) {
    JsonArray findings;
    for (const auto& finding : failure.findings) {
        findings.push_back(JsonObject{
            {"id", finding.id},
            {"severity", verify::severity_name(finding.severity)},
            {"cause", verify::cause_name(finding.cause)},
            {"subject", finding.subject},
            {"expected", finding.expected},
            {"seen", finding.seen},
            {"source", finding.source},
            {"advice", finding.advice}});
    }
    return JsonObject{
        {"mirror", failure.mirror},
        {"sentence", sentence_of(failure)},
        {"findings", std::move(findings)},
        {"evidence", failure.evidence.empty() ? JsonValue() : JsonValue(failure.evidence)}};
}

JsonValue json_of_note(const ProxyNote& note) {
    JsonArray failures;
    for (const auto& failure : note.failures) {
        failures.push_back(json_of_failure(failure));
    }
    JsonArray withheld;
    for (const auto& why : note.withheld) {
        withheld.emplace_back(why);
    }
    const bool verified = note.outcome == ProxyNote::Outcome::verified;
    return JsonObject{
        {"outcome", verified ? "verified" : "refused"},
        {"subject", note.subject},
        {"at", format_rfc3339(note.at)},
        {"mirror", note.mirror.empty() ? JsonValue() : JsonValue(note.mirror)},
        {"size_bytes", note.size_bytes},
        {"detail", note.detail.empty() ? JsonValue() : JsonValue(note.detail)},
        {"withheld", std::move(withheld)},
        {"failures", std::move(failures)}};
}

}  // namespace

void ProxyRecord::note(ProxyNote note) {
    const std::lock_guard lock(m_mutex);
    if (note.outcome == ProxyNote::Outcome::refused) {
        ++m_counts.refused;
    } else {
        ++(note.kind == ProxyNote::Kind::page ? m_counts.pages_verified : m_counts.files_verified);
        m_counts.failovers += note.failures.empty() ? 0U : 1U;
        m_counts.verified_bytes += note.size_bytes;
        m_counts.withheld += note.withheld.size();
    }
    if (m_notes.size() < most_notes) {
        m_notes.push_back(std::move(note));
    }
}

void ProxyRecord::count_request() {
    const std::lock_guard lock(m_mutex);
    ++m_counts.requests;
}

ProxyCounts ProxyRecord::counts() const {
    const std::lock_guard lock(m_mutex);
    return m_counts;
}

std::vector<ProxyNote> ProxyRecord::notes() const {
    const std::lock_guard lock(m_mutex);
    return m_notes;
}

std::string render_metrics(const ProxyCounts& counts) {
    std::string text;
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        const std::string full = "heliograph_proxy_" + std::string(name) + "_total";
        text += "# HELP " + full + " " + std::string(help) + "\n# TYPE " + full + " counter\n" +
                full + " " + std::to_string(value) + "\n";
    };
    add("requests", "Requests with the right token.", counts.requests);
    add("pages_verified", "Pages that held.", counts.pages_verified);
    add("files_verified", "Files, metadata and provenance that held.", counts.files_verified);
    add("verified_bytes", "Bytes of what held.", counts.verified_bytes);
    add("failovers", "What held, but not from the mirror asked first.", counts.failovers);
    add("refused", "Pages and files that were refused.", counts.refused);
    add("withheld", "Files that the policy left out of pages.", counts.withheld);
    return text;
}

JsonValue json_of(const ProxyCounts& counts, const std::vector<ProxyNote>& notes) {
    JsonArray verdicts;
    for (const auto& note : notes) {
        verdicts.push_back(json_of_note(note));
    }
    return JsonObject{
        {"counts",
         JsonObject{
             {"requests", counts.requests},
             {"pages_verified", counts.pages_verified},
             {"files_verified", counts.files_verified},
             {"verified_bytes", counts.verified_bytes},
             {"failovers", counts.failovers},
             {"withheld", counts.withheld},
             {"refused", counts.refused}}},
        {"verdicts", std::move(verdicts)}};
}

}  // namespace heliograph::mirror
