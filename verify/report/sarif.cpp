// SPDX-License-Identifier: Apache-2.0
#include <verify/report/sarif.hpp>

#include <map>
#include <utility>

namespace heliograph::verify {

namespace {

// A path becomes a URI reference; a URL is one already and keeps its own escapes.
std::string uri_of(std::string_view place) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=@";
    const std::string kept = std::string(plain) + (is_url(place) ? ":?#[]%" : "");
    // Two of them at the beginning of a path would make a host of what follows.
    while (place.starts_with("//")) {
        place.remove_prefix(1);
    }
    std::string uri;
    for (const char c : place) {
        if (kept.find(c) != std::string::npos) {
            uri += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            uri += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return uri;
}

class SarifRun {
  public:
    void add(const CheckedItem& item) {
        for (const auto& finding : findings_of(item)) {
            JsonObject result{
                {"ruleId", finding.id},
                {"ruleIndex", rule_of(finding.id)},
                {"level", severity_name(finding.severity)},
                {"message", JsonObject{{"text", finding.sentence()}}}};
            // Code hosts refuse a result without a place.
            JsonObject place{
                {"artifactLocation",
                 JsonObject{{"uri", uri_of(item.place.empty() ? item.name : item.place)}}}};
            if (item.line) {
                place.emplace_back("region", JsonObject{{"startLine", *item.line}});
            }
            result.emplace_back(
                "locations", JsonArray{JsonObject{{"physicalLocation", std::move(place)}}}
            );
            m_results.push_back(std::move(result));
        }
    }

    JsonValue take(const std::string& tool) {
        const JsonObject driver{{"name", tool}, {"rules", std::move(m_rules)}};
        return JsonObject{
            {"tool", JsonObject{{"driver", driver}}}, {"results", std::move(m_results)}};
    }

  private:
    std::size_t rule_of(const std::string& id) {
        const auto [rule, is_new] = m_numbers.emplace(id, m_rules.size());
        if (is_new) {
            m_rules.push_back(JsonObject{{"id", id}, {"shortDescription", JsonObject{{"text", id}}}}
            );
        }
        return rule->second;
    }

    std::map<std::string, std::size_t> m_numbers;
    JsonArray m_rules;
    JsonArray m_results;
};

}  // namespace

JsonValue sarif_of(const CheckReport& report) {
    SarifRun run;
    for (const auto& item : report.items) {
        run.add(item);
    }
    return JsonObject{
        {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
        {"version", "2.1.0"},
        {"runs", JsonArray{run.take("heliograph " + report.tool)}}};
}

}  // namespace heliograph::verify
