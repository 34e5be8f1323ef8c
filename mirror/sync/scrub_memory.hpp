// SPDX-License-Identifier: Apache-2.0
// Private: what earlier checks of a folder found sound, so that a quick one need not read it again.
// A cache and no evidence: a lost or damaged one costs a full check.
//
//   checked.bin   "heliograph-checked-1\n", SHA-256 of the rest, then the facts, 16 bytes each,
//                 ascending
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <vector>

namespace heliograph::mirror {

/// The first half of a digest over all that was compared.
using SoundFact = std::array<std::byte, 16>;

[[nodiscard]] SoundFact fact_of(const pki::Sha256& digest);

/// @thread Safe.
class ScrubMemory {
  public:
    /// Nothing known.
    ScrubMemory() = default;

    /// What the last check saved; nothing when there is no sound file.
    [[nodiscard]] static ScrubMemory load(const std::filesystem::path& path);

    ScrubMemory(ScrubMemory&& other) noexcept : m_known(std::move(other.m_known)) {}
    ScrubMemory& operator=(ScrubMemory&&) = delete;
    ScrubMemory(const ScrubMemory&) = delete;
    ScrubMemory& operator=(const ScrubMemory&) = delete;
    ~ScrubMemory() = default;

    /// Whether the last check held it for sound. @cost A binary search.
    [[nodiscard]] bool knows(const SoundFact& fact) const;

    /// Holds it for sound from the next check on.
    void remember(const SoundFact& fact);

    /// Holds it for sound no longer: the disk altered it without a trace in its times.
    void forget(const SoundFact& fact);

    /// Which facts go into the file.
    enum class Keep {
        remembered,            ///< Those of this check alone: it looked at everything.
        known_and_remembered,  ///< The old ones too.
    };

    /// @errors io, denied.
    Outcome save(const std::filesystem::path& path, Keep keep);

  private:
    std::vector<SoundFact> m_known;  ///< Ascending.
    std::mutex m_mutex;
    std::vector<SoundFact> m_remembered;
    std::vector<SoundFact> m_forgotten;
};

}  // namespace heliograph::mirror
