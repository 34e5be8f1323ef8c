// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/folder.hpp>
#include <tools/commands/fleet_state.hpp>

namespace heliograph::tools {

void FleetState::warn_of(Console& console, const Error& error) {
    console.warn(
        "what is known of mirrors cannot be used in this run: " + error.describe() +
        "; if it is damaged, remove it to start anew"
    );
}

FleetState FleetState::open(Console& console) {
    FleetState state;
    state.m_home = state_home();
    if (!state.m_home) {
        return state;
    }
    const auto file = *state.m_home / "mirrors.db";
    auto store = mirror::HealthStore::open(file);
    if (!store) {
        warn_of(console, std::move(store).error().at(file.string()));
        return state;
    }
    auto known = store->load();
    if (!known) {
        warn_of(console, std::move(known).error().at(file.string()));
        return state;
    }
    state.m_store = *std::move(store);
    state.m_known = *std::move(known);
    return state;
}

mirror::Fleet FleetState::fleet_of(const mirror::MirrorList& list) const {
    return {list, m_known, mirror::Dice::fresh()};
}

Outcome FleetState::keep(const std::vector<mirror::NotedEvent>& noted) {
    auto dice = mirror::Dice::fresh();
    return m_store ? m_store->record(noted, dice) : Outcome();
}

std::function<Result<std::filesystem::path>(const mirror::MirrorEvidence&)>
FleetState::evidence_keeper() const {
    if (!m_home) {
        return {};
    }
    return [folder = *m_home / "evidence"](const mirror::MirrorEvidence& evidence) {
        return mirror::write_evidence(folder, evidence);
    };
}

Result<mirror::LiftedBan> FleetState::lift_ban(const mirror::Url& mirror) {
    if (!m_store) {
        return Error(
            ErrorCode::io, "expected a record of mirrors below the state home, there is none"
        );
    }
    return m_store->lift_ban(mirror);
}

}  // namespace heliograph::tools
