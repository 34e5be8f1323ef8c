// SPDX-License-Identifier: Apache-2.0
// What a sample is drawn with: whoever is looked at must not know it before.
#pragma once

#include <pki/crypto/random.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace heliograph::tools {

/// The seed that was asked for, else one that nobody can foretell. @errors crypto. @thread Safe.
[[nodiscard]] inline Result<std::uint64_t> sample_seed(std::optional<std::uint64_t> asked) {
    std::uint64_t seed = asked.value_or(0);
    if (!asked) {
        HG_CHECK(pki::fill_random(std::as_writable_bytes(std::span(&seed, 1))));
    }
    return seed;
}

}  // namespace heliograph::tools
