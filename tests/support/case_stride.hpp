// SPDX-License-Identifier: Apache-2.0
// How far a loop over many like cases steps.
#pragma once

#include <cstddef>

namespace heliograph::test_support {

/// Every case is tried, except under a sanitizer: it watches what the code does with memory and
/// threads, which the cases of one loop have in common, and makes each take many times as long.
#if defined(HELIOGRAPH_SANITIZED)
constexpr std::size_t case_stride = 7;
#else
constexpr std::size_t case_stride = 1;
#endif

}  // namespace heliograph::test_support
