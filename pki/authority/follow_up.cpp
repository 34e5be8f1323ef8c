// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/authority/follow_up.hpp>
#include <pki/authority/place.hpp>

#include <algorithm>

namespace heliograph::pki {

Result<std::vector<UntoldRenewal>> FollowUps::pending() const {
    Authority::State& state = *m_authority.m_state;
    HG_TRY(const auto entries, state.ledger.follow_ups());
    std::vector<UntoldRenewal> list;
    for (const LedgerEntry& entry : entries) {
        std::erase_if(list, [&entry](const UntoldRenewal& before) {
            return before.entry.name == entry.name && before.entry.kind == entry.kind;
        });
        if (!entry.revoked_at) {
            list.push_back({entry, place_of(state.paths, entry)});
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
    return ledger.remove_follow_ups(entries.front());
}

}  // namespace heliograph::pki
