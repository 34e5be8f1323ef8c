// SPDX-License-Identifier: Apache-2.0
// Revocation lists as their readers find them.
#pragma once

#include <pki/base/clock.hpp>

#include <filesystem>

namespace heliograph::pki {

/// How the lists stand: a third of their life over means due, the last third means late; behind,
/// that they lack a revocation or an issuer; lost, that crl.pem is not what was published last: it
/// is missing, damaged, an older copy, or on its way from another process that signs at this
/// moment; clock, that they begin after now.
enum class ListState { fresh, due, behind, lost, late, over, clock };

struct PublishedLists {
    std::filesystem::path file;
    Instant next_update;
};

}  // namespace heliograph::pki
