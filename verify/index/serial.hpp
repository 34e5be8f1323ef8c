// SPDX-License-Identifier: Apache-2.0
// The serial of an index: one number that grows with every change of any project.
#pragma once

#include <compare>
#include <cstdint>

namespace heliograph::verify {

/// A position in the history of an index. Zero is before the first change. JSON limits it to 2^53
/// - 1.
struct Serial {
    std::uint64_t value = 0;

    friend auto operator<=>(const Serial&, const Serial&) = default;
};

inline constexpr Serial max_serial{(std::uint64_t{1} << 53) - 1};

}  // namespace heliograph::verify
