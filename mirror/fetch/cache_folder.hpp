// SPDX-License-Identifier: Apache-2.0
// What caches have in common: a folder, a bound, and troubles that cost nobody a file.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

namespace heliograph::mirror {

/// @thread Safe.
class CacheFolder {
  public:
    /// @param path        Made when something is kept.
    /// @param most_bytes  What all entries may have together, but for what an hour, or 64 MiB,
    /// adds.
    CacheFolder(std::filesystem::path path, std::uint64_t most_bytes)
        : m_path(std::move(path)), m_most_bytes(most_bytes) {}

    /// Whether entries may be taken from there: the folder is there, and this user alone writes to
    /// it and to the one around it. What speaks against it is noted.
    [[nodiscard]] bool may_be_read();
    /// The same of one to put entries into, which is made if need be.
    [[nodiscard]] bool may_be_written();

    /// Where the entry of this name lies.
    [[nodiscard]] std::filesystem::path place_of(const pki::Sha256& name) const;
    /// A file for a FileLock, for whoever changes an entry by what it was.
    [[nodiscard]] std::filesystem::path lock_file() const { return m_path / "lock"; }
    [[nodiscard]] std::uint64_t most_bytes() const { return m_most_bytes; }

    /// Counts what this process kept, and sweeps when that is much.
    void count(std::uint64_t bytes);

    /// Removes what was not used for longest until the rest is within the bound, when that was not
    /// looked at for an hour, much was kept since, or the bound is lower than it was.
    /// @cost When it is time, a look at every entry.
    void sweep();

    /// Remembers the first thing that goes wrong.
    void note(Outcome outcome);
    /// None: nothing did.
    [[nodiscard]] std::optional<Error> trouble() const;

  private:
    enum class Owner { unknown, this_user, another };
    [[nodiscard]] bool is_own();

    std::filesystem::path m_path;
    std::uint64_t m_most_bytes;
    std::atomic<std::uint64_t> m_kept_bytes = 0;
    std::atomic<Owner> m_owner = Owner::unknown;
    mutable std::mutex m_mutex;
    std::optional<Error> m_trouble;
};

}  // namespace heliograph::mirror
