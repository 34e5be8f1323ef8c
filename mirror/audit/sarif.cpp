// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/sarif.hpp>

#include <map>
#include <utility>

namespace heliograph::mirror {

JsonValue sarif_of(
    const verify::Verdict& verdict, const std::string& tool, const std::string& place
) {
    std::map<std::string, std::size_t> numbers;
    JsonArray rules;
    JsonArray results;
    for (const auto& finding : verdict.findings()) {
        const auto [rule, is_new] = numbers.emplace(finding.id, rules.size());
        if (is_new) {
            rules.push_back(JsonObject{
                {"id", finding.id}, {"shortDescription", JsonObject{{"text", finding.id}}}});
        }
        const JsonObject artifact{{"artifactLocation", JsonObject{{"uri", place}}}};
        results.push_back(JsonObject{
            {"ruleId", finding.id},
            {"ruleIndex", rule->second},
            {"level", verify::severity_name(finding.severity)},
            {"message", JsonObject{{"text", finding.sentence()}}},
            {"locations", JsonArray{JsonObject{{"physicalLocation", artifact}}}}});
    }
    const JsonObject driver{{"name", tool}, {"rules", std::move(rules)}};
    const JsonObject run{{"tool", JsonObject{{"driver", driver}}}, {"results", std::move(results)}};
    return JsonObject{
        {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
        {"version", "2.1.0"},
        {"runs", JsonArray{run}}};
}

}  // namespace heliograph::mirror
