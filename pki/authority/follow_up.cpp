// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/authority/follow_up.hpp>
#include <pki/authority/place.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

// Its files, or those of a later one of its name and kind, are where their users look. A place that
// cannot be read is told of when it can.
Result<bool> is_in_place(
    Ledger& ledger, const LedgerEntry& entry, const std::filesystem::path& place
) {
    const auto there = entry_of_files(ledger, place);
    if (!there || !*there || (*there)->name != entry.name || (*there)->kind != entry.kind) {
        return false;
    }
    HG_TRY(const bool is_replaced_later, is_older(ledger, **there, entry));
    return !is_replaced_later;
}

}  // namespace

Result<std::vector<UntoldRenewal>> FollowUps::pending() const {
    Authority::State& state = *m_authority.m_state;
    HG_TRY(const auto entries, state.ledger.follow_ups());
    std::vector<UntoldRenewal> list;
    for (const LedgerEntry& entry : entries) {
        const std::filesystem::path place = place_of(state.paths, entry);
        HG_TRY(const bool can_be_used, is_in_place(state.ledger, entry, place));
        const auto files =
            can_be_used ? UntoldRenewal::Files::in_place : UntoldRenewal::Files::elsewhere;
        if (!can_be_used && entry.state(state.clock.now()) != EntryState::valid) {
            continue;
        }
        std::erase_if(list, [&](const UntoldRenewal& before) {
            return before.entry.name == entry.name && before.entry.kind == entry.kind &&
                   (can_be_used || before.files == files);
        });
        if (!entry.revoked_at) {
            list.push_back({entry, place, files});
        }
    }
    return list;
}

Outcome FollowUps::settle(const std::string& serial_hex) {
    Ledger& ledger = m_authority.m_state->ledger;
    HG_TRY(const auto entries, ledger.find(serial_hex));
    if (entries.empty()) {
        return Error(ErrorCode::not_found, "expected a serial of this authority, saw another");
    }
    return ledger.remove_follow_ups_until(entries.front());
}

}  // namespace heliograph::pki
