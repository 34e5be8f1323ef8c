// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/back_off.hpp>
#include <pki/crypto/digest.hpp>

#include <algorithm>
#include <string>

namespace heliograph::mirror {

namespace {

std::chrono::seconds pause_of(const PendingProject& parked, const BackOff& pause) {
    auto length = pause.first;
    for (std::uint32_t attempt = 1; attempt < parked.attempts && length < pause.longest;
         ++attempt) {
        length *= 2;
    }
    length = std::min(length, pause.longest);
    return parked.cause == PendingCause::gone ? std::max(length, pause.gone) : length;
}

// 0 to 255, evenly, and the same for the same failure.
std::int64_t jitter_of(const PendingProject& parked) {
    const std::string name = parked.project.text() + ' ' + std::to_string(parked.attempts) + ' ' +
                             std::to_string(parked.last_try.time_since_epoch().count());
    return std::to_integer<std::int64_t>(pki::sha256(bytes_of(name)).span()[0]);
}

}  // namespace

Instant next_try_of(const PendingProject& parked, const BackOff& pause) {
    constexpr std::int64_t quarter = 4 * 255;
    const auto length = pause_of(parked, pause);
    return parked.last_try + length + length * jitter_of(parked) / quarter;
}

}  // namespace heliograph::mirror
