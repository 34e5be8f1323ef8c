// SPDX-License-Identifier: Apache-2.0
// Private: when a parked project is tried again.
#pragma once

#include <mirror/store/catalog.hpp>

#include <chrono>

namespace heliograph::mirror {

/// How long a parked project is left alone.
struct BackOff {
    std::chrono::seconds first{30};        ///< After the first failure; doubled after each further.
    std::chrono::seconds longest{21'600};  ///< No pause is longer, but for its jitter.
    /// A page that is gone is looked at again when it may be believed, not before.
    std::chrono::seconds gone{600};
};

/// The next try of a project that failed at `last_try` for the `attempts`-th time. Up to a quarter
/// is added by a number that depends on project and attempt, so that projects which failed together
/// do not come back together.
/// @thread Safe. @cost One small hash.
[[nodiscard]] Instant next_try_of(const PendingProject& parked, const BackOff& pause);

}  // namespace heliograph::mirror
