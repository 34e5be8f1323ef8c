// SPDX-License-Identifier: Apache-2.0
// What a package may be: some of its versions, or absent. A package has a list of versions that
// does not change while a solution is looked for, so every range of PEP 440 is a plain set of
// places in it, and what sets are to each other needs no algebra of ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace heliograph::verify {

/// A subset of `0 .. versions-1` and of "absent". @thread A value.
class VersionSet {
  public:
    /// Nothing at all: cannot be.
    [[nodiscard]] static VersionSet none(std::size_t versions);
    /// Any version, not absent.
    [[nodiscard]] static VersionSet any(std::size_t versions);

    [[nodiscard]] std::size_t versions() const { return m_versions; }
    /// @param place  Below versions() (asserted).
    void add(std::size_t place);
    [[nodiscard]] bool holds(std::size_t place) const;
    [[nodiscard]] bool holds_absent() const { return bit(m_versions); }

    /// Neither a version nor absent. @cost This and the following: a word for 64 versions.
    [[nodiscard]] bool is_empty() const;
    /// Whatever a package may be.
    [[nodiscard]] bool is_everything() const;
    [[nodiscard]] bool is_within(const VersionSet& other) const;
    [[nodiscard]] bool meets(const VersionSet& other) const;
    [[nodiscard]] std::size_t count() const;

    [[nodiscard]] VersionSet complement() const;
    friend VersionSet operator&(const VersionSet& left, const VersionSet& right);
    friend VersionSet operator|(const VersionSet& left, const VersionSet& right);
    friend bool operator==(const VersionSet&, const VersionSet&) = default;

    /// The versions that are in, ascending.
    [[nodiscard]] std::vector<std::size_t> places() const;

  private:
    explicit VersionSet(std::size_t versions);
    [[nodiscard]] bool bit(std::size_t index) const;
    void trim();

    std::size_t m_versions = 0;
    std::vector<std::uint64_t> m_words;  ///< Bit m_versions is "absent"; those behind are 0.
};

}  // namespace heliograph::verify
