// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/pki/issued_report.hpp>
#include <tools/commands/pki/rollover_report.hpp>

#include <algorithm>

namespace heliograph::tools::pki_commands {

namespace {

std::string_view state_name(pki::RolloverStep::State state) {
    switch (state) {
        case pki::RolloverStep::State::done:
            return "done";
        case pki::RolloverStep::State::now:
            return "now";
        case pki::RolloverStep::State::later:
            break;
    }
    return "later";
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

std::string pair_verdict(const pki::SimulatedPair& pair) {
    if (pair.is_gap()) {
        return "REFUSED: " + visible(pair.defect);
    }
    const std::string word = pair.works() ? "works" : "refused";
    return pair.presence == pki::Presence::in_use ? word : word + ", not in use";
}

void print_simulation(Console& console, const pki::Simulation& simulation) {
    std::size_t client_width = 0;
    std::size_t chain_width = 0;
    for (const auto& pair : simulation.pairs) {
        client_width = std::max(client_width, pair.client.size());
        chain_width = std::max(chain_width, pair.chain.size());
    }
    console.print("     simulated, clients with:");
    for (const auto& pair : simulation.pairs) {
        console.print(
            "       " + padded(pair.client, client_width) + " | " +
            padded(pair.chain, chain_width) + " | " + pair_verdict(pair)
        );
    }
}

bool is_same(const pki::Simulation& left, const pki::Simulation& right) {
    return std::equal(
        left.pairs.begin(),
        left.pairs.end(),
        right.pairs.begin(),
        right.pairs.end(),
        [](const pki::SimulatedPair& one, const pki::SimulatedPair& other) {
            return one.client == other.client && one.chain == other.chain &&
                   one.presence == other.presence && one.defect == other.defect;
        }
    );
}

void print_leaves(
    Console& console, std::string_view title, const std::vector<pki::LedgerEntry>& entries
) {
    if (entries.empty()) {
        return;
    }
    console.print(std::string(title));
    for (const auto& entry : entries) {
        console.print(
            "  " + padded(entry.kind, 7) + " " + entry.name + ", until " +
            format_rfc3339(entry.not_after) + ", serial " + entry.serial_hex
        );
    }
}

JsonArray json_of_simulation(const pki::Simulation& simulation) {
    JsonArray pairs;
    for (const auto& pair : simulation.pairs) {
        pairs.push_back(JsonObject{
            {"client", pair.client},
            {"chain", pair.chain},
            {"in_use", pair.presence == pki::Presence::in_use},
            {"works", pair.works()},
            {"defect", pair.works() ? JsonValue() : JsonValue(pair.defect)}});
    }
    return pairs;
}

JsonArray json_of_entries(const std::vector<pki::LedgerEntry>& entries, Instant now) {
    JsonArray rows;
    for (const auto& entry : entries) {
        rows.push_back(json_of_entry(entry, now));
    }
    return rows;
}

JsonValue json_of_time(const std::optional<Instant>& time) {
    return time ? JsonValue(format_rfc3339(*time)) : JsonValue();
}

}  // namespace

void print_rollover(Console& console, const pki::RolloverReport& report) {
    console.print(
        "rollover of the " + std::string(pki::rollover_target_name(report.target)) + ": " +
        std::string(pki::rollover_phase_name(report.phase))
    );
    console.print("old: " + report.old_name + ", until " + format_rfc3339(report.old_not_after));
    console.print("new: " + report.new_name + ", until " + format_rfc3339(report.new_not_after));
    const pki::Simulation* shown = nullptr;
    std::size_t number = 0;
    for (const auto& step : report.steps) {
        console.print(
            std::to_string(++number) + ". " + step.id + " [" + std::string(state_name(step.state)) +
            "]: " + step.who
        );
        for (const auto& act : step.acts) {
            console.print("     - " + act);
        }
        if (!step.simulation.pairs.empty() &&
            (shown == nullptr || !is_same(*shown, step.simulation))) {
            print_simulation(console, step.simulation);
            shown = &step.simulation;
        }
    }
    print_leaves(console, "to be renewed:", report.remaining);
    print_leaves(console, "renewed; the old ones are good until the last step:", report.renewed);
}

JsonValue json_of_rollover(const pki::RolloverReport& report, Instant now) {
    JsonArray steps;
    for (const auto& step : report.steps) {
        JsonArray acts;
        for (const auto& act : step.acts) {
            acts.emplace_back(act);
        }
        steps.push_back(JsonObject{
            {"id", step.id},
            {"state", state_name(step.state)},
            {"who", step.who},
            {"acts", std::move(acts)},
            {"simulation", json_of_simulation(step.simulation)}});
    }
    JsonArray warnings;
    for (const auto& warning : report.warnings) {
        warnings.emplace_back(warning);
    }
    return JsonObject{
        {"target", pki::rollover_target_name(report.target)},
        {"phase", pki::rollover_phase_name(report.phase)},
        {"old",
         JsonObject{
             {"name", report.old_name},
             {"serial", report.old_serial},
             {"not_after", format_rfc3339(report.old_not_after)}}},
        {"new",
         JsonObject{
             {"name", report.new_name},
             {"serial", report.new_serial.empty() ? JsonValue() : JsonValue(report.new_serial)},
             {"not_after", format_rfc3339(report.new_not_after)}}},
        {"started_at", json_of_time(report.started_at)},
        {"finished_at", json_of_time(report.finished_at)},
        {"steps", std::move(steps)},
        {"remaining", json_of_entries(report.remaining, now)},
        {"renewed", json_of_entries(report.renewed, now)},
        {"warnings", std::move(warnings)}};
}

}  // namespace heliograph::tools::pki_commands
