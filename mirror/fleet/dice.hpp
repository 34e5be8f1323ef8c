// SPDX-License-Identifier: Apache-2.0
// Chance, as a value: whoever ranks or waits is given one, so that a test can throw the same
// numbers twice. Never for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace heliograph::mirror {

/// @thread One thread at a time. @cost A few instructions a throw.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : m_engine(seed) {}

    /// Dice that no run before has thrown.
    [[nodiscard]] static Dice fresh() {
        std::random_device device;
        return Dice((std::uint64_t{device()} << 32U) | device());
    }

    /// At least 0, less than 1.
    [[nodiscard]] double share() { return static_cast<double>(m_engine() >> 11U) * 0x1.0p-53; }

    /// At least 0, less than @p count, which is at least 1.
    [[nodiscard]] std::size_t below(std::size_t count) {
        return static_cast<std::size_t>(share() * static_cast<double>(count));
    }

  private:
    std::mt19937_64 m_engine;
};

}  // namespace heliograph::mirror
