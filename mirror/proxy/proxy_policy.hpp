// SPDX-License-Identifier: Apache-2.0
// What the proxy gives out of what it could verify: which projects, from which index, how old, with
// which evidence. The signer of an index is trusted for its own projects and not for other people's
// (threat T21, dependency confusion).
//
//   {"format": "heliograph-proxy-policy-1",
//    "pins": [{"projects": "acme-*", "index": "acme"}],
//    "allow": ["wheel", "acme-*"],
//    "deny": ["acme-old"],
//    "min_age_hours": 72,
//    "require": ["revocation", "provenance"]}
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

inline constexpr std::uint64_t proxy_policy_limit_bytes = 1024U * 1024U;
inline constexpr std::size_t proxy_policy_patterns = 10'000;

/// A normalised project name, or the beginning of one: `acme-*`.
/// @thread A value.
class ProjectPattern {
  public:
    /// @errors malformed (`*` elsewhere than at the end, what no normalised name holds), too_large.
    [[nodiscard]] static Result<ProjectPattern> parse(std::string_view text);

    [[nodiscard]] bool matches(const verify::ProjectName& project) const;
    [[nodiscard]] std::string text() const { return m_name + (m_is_prefix ? "*" : ""); }

  private:
    ProjectPattern(std::string name, bool is_prefix)
        : m_name(std::move(name)), m_is_prefix(is_prefix) {}

    std::string m_name;
    bool m_is_prefix;
};

/// @thread Safe, immutable.
class ProxyPolicy {
  public:
    /// Objects to nothing.
    ProxyPolicy() = default;

    /// @param text  The JSON of above, every member but `format` optional. A member that is not
    /// known here is refused, since it may have been meant to keep something out.
    /// @errors malformed, too_large, unsupported (another format). @cost Linear.
    [[nodiscard]] static Result<ProxyPolicy> parse(std::string_view text);
    /// @errors Those of parse(), not_found, io, denied.
    [[nodiscard]] static Result<ProxyPolicy> load(const std::filesystem::path& file);

    /// Why this project is not given out from an index of this name: pinned to another one, denied,
    /// or not among those allowed. None: it is. @cost Linear in the patterns.
    [[nodiscard]] std::optional<std::string> objection(
        const verify::ProjectName& project, std::string_view index
    ) const;

    /// Why this file is not: too young, of unknown age while an age is demanded, or without the
    /// evidence that is. None: it is. @cost None.
    [[nodiscard]] std::optional<std::string> objection(const verify::PageFile& file, Instant now)
        const;

    /// Adds to what is demanded. @param evidence  `revocation` or `provenance`.
    /// @errors malformed (another word). @cost None.
    [[nodiscard]] Outcome demand(std::string_view evidence);

    /// Whether pages need current revocation lists, whatever else is said.
    [[nodiscard]] bool demands_revocation() const { return m_revocation; }

  private:
    struct Pin {
        ProjectPattern projects;
        std::string index;
    };

    std::vector<Pin> m_pins;
    std::optional<std::vector<ProjectPattern>> m_allowed;
    std::vector<ProjectPattern> m_denied;
    std::chrono::hours m_min_age{0};
    bool m_revocation = false;
    bool m_provenance = false;
};

}  // namespace heliograph::mirror
