// SPDX-License-Identifier: Apache-2.0
// Dates of /last-modified are signed by nobody.
#pragma once

#include <chrono>

namespace heliograph::mirror {

/// How far a mirror's clock may be ahead of ours: a date to come is no sign of freshness, and one
/// far to come would stay one for ever.
inline constexpr std::chrono::minutes clock_tolerance{10};

}  // namespace heliograph::mirror
