// SPDX-License-Identifier: Apache-2.0
// Versions of releases: parsing, the canonical form and the total order. PEP 440.
#pragma once

#include <pki/base/result.hpp>

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

/// A number without leading zeros and without an upper bound: PEP 440 sets none, and dates with
/// times exceed 64 bits.
class VersionNumber {
  public:
    VersionNumber() = default;

    /// @param digits  ASCII digits only, at least one (asserted).
    explicit VersionNumber(std::string_view digits);

    [[nodiscard]] const std::string& text() const { return m_digits; }
    [[nodiscard]] bool is_zero() const { return m_digits == "0"; }

    friend bool operator==(const VersionNumber&, const VersionNumber&) = default;
    friend std::strong_ordering operator<=>(const VersionNumber& left, const VersionNumber& right);

  private:
    std::string m_digits = "0";
};

/// What comes before a final release, in the order that PEP 440 gives.
enum class PreKind { alpha, beta, candidate };

/// A version in its parsed form. Two versions that PEP 440 calls equal (`1.0` and `1`) compare
/// equal.
/// @thread Safe, a value.
class Version {
  public:
    struct Pre {
        PreKind kind = PreKind::alpha;
        VersionNumber number;
        friend bool operator==(const Pre&, const Pre&) = default;
        friend auto operator<=>(const Pre&, const Pre&) = default;
    };

    [[nodiscard]] const VersionNumber& epoch() const { return m_epoch; }
    [[nodiscard]] const std::vector<VersionNumber>& release() const { return m_release; }
    [[nodiscard]] const std::optional<Pre>& pre() const { return m_pre; }
    [[nodiscard]] const std::optional<VersionNumber>& post() const { return m_post; }
    [[nodiscard]] const std::optional<VersionNumber>& dev() const { return m_dev; }
    [[nodiscard]] const std::vector<std::string>& local() const { return m_local; }

    [[nodiscard]] bool is_prerelease() const { return m_pre.has_value() || m_dev.has_value(); }
    [[nodiscard]] bool is_postrelease() const { return m_post.has_value(); }

    /// The normalised form, with the release's trailing zeros kept: `1!2.0rc1.post2.dev3+local.4`.
    [[nodiscard]] std::string text() const;

    /// The same version without its local part.
    [[nodiscard]] Version without_local() const;

    /// Epoch and release alone.
    [[nodiscard]] Version base() const;

    friend std::strong_ordering operator<=>(const Version& left, const Version& right);
    friend bool operator==(const Version& left, const Version& right) {
        return (left <=> right) == 0;
    }

  private:
    friend class VersionReader;

    VersionNumber m_epoch;
    std::vector<VersionNumber> m_release;
    std::optional<Pre> m_pre;
    std::optional<VersionNumber> m_post;
    std::optional<VersionNumber> m_dev;
    std::vector<std::string>
        m_local;  ///< Normalised segments: lower case, numbers without leading zeros.
};

/// Reads any spelling that PEP 440 accepts.
/// @param text  1 .. limits::version_chars ASCII characters; outer whitespace is allowed, as the
/// standard says.
/// @errors malformed, too_large.
/// @thread Safe. @cost One pass.
/// @source PEP 440, appendix B and "Normalization".
[[nodiscard]] Result<Version> parse_version(std::string_view text);

}  // namespace heliograph::verify
