// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/evidence_file.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

constexpr std::size_t name_hash_chars = 8;
constexpr std::size_t host_chars = 60;

// Letters, digits, dots and dashes; whatever else a host may hold (an IPv6 address) becomes a dash.
std::string name_part(const std::string& base) {
    const auto url = Url::parse(base);
    std::string host = url ? url->host() : "mirror";
    host.resize(std::min(host.size(), host_chars));
    std::replace_if(
        host.begin(),
        host.end(),
        [](char c) {
            return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-');
        },
        '-'
    );
    return host;
}

JsonValue json_of_document(const ReceivedDocument& document) {
    return JsonObject{
        {"url", document.url},
        {"status", document.status},
        {"size", document.size_bytes},
        {"sha256", document.sha256.to_hex()}};
}

JsonValue json_of_proof(const verify::Finding& finding) {
    return JsonObject{
        {"id", finding.id},
        {"cause", verify::cause_name(finding.cause)},
        {"subject", finding.subject},
        {"expected", finding.expected},
        {"seen", finding.seen}};
}

}  // namespace

Result<std::filesystem::path> write_evidence(
    const std::filesystem::path& folder, const MirrorEvidence& evidence
) {
    JsonArray findings;
    std::transform(
        evidence.findings.begin(),
        evidence.findings.end(),
        std::back_inserter(findings),
        json_of_proof
    );
    JsonArray received;
    std::transform(
        evidence.received.begin(),
        evidence.received.end(),
        std::back_inserter(received),
        json_of_document
    );
    const auto text = render_json(
                          JsonObject{
                              {"format", "heliograph-evidence-1"},
                              {"mirror", evidence.mirror},
                              {"at", format_rfc3339(evidence.at)},
                              {"requested", evidence.requested},
                              {"findings", std::move(findings)},
                              {"received", std::move(received)}},
                          JsonLayout::indented
                      ) +
                      "\n";
    std::string when = format_rfc3339(evidence.at);
    when.erase(
        std::remove_if(when.begin(), when.end(), [](char c) { return c == '-' || c == ':'; }),
        when.end()
    );
    const auto digest = pki::sha256(bytes_of(text)).to_hex().substr(0, name_hash_chars);
    const auto path = folder / (when + "-" + name_part(evidence.mirror) + "-" + digest + ".json");
    HG_CHECK(make_folder(folder, FileAccess::owner_only));
    HG_CHECK(write_file_atomically(path, bytes_of(text)));
    return path;
}

}  // namespace heliograph::mirror
