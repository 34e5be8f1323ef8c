// SPDX-License-Identifier: Apache-2.0
// Environment markers: `python_version < "3.8" and extra == "test"`. PEP 508.
#pragma once

#include <pki/base/result.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// What a marker may ask for.
enum class MarkerVariable {
    os_name,
    sys_platform,
    platform_machine,
    platform_python_implementation,
    platform_release,
    platform_system,
    platform_version,
    python_version,
    python_full_version,
    implementation_name,
    implementation_version,
    extra,
};

inline constexpr std::size_t marker_variables = 12;

/// The name in PEP 508: `python_version`... @thread Safe.
[[nodiscard]] std::string_view marker_variable_name(MarkerVariable variable);

/// The values for one Python on one machine; `extra` is given with each question.
struct MarkerEnvironment {
    std::array<std::string, marker_variables> values;

    [[nodiscard]] const std::string& value(MarkerVariable variable) const {
        return values.at(static_cast<std::size_t>(variable));
    }
    void set(MarkerVariable variable, std::string text) {
        values.at(static_cast<std::size_t>(variable)) = std::move(text);
    }
    friend bool operator==(const MarkerEnvironment&, const MarkerEnvironment&) = default;
};

enum class MarkerAnswer { applies, does_not };

/// Values that a variable may have somewhere; none: any.
struct MarkerWorld {
    std::array<std::vector<std::string>, marker_variables> values;
};

/// @thread Safe, a value that is cheap to copy.
class Marker {
  public:
    /// Whether the marker holds there. What PEP 508 calls a version compares as one; names have no
    /// order.
    /// @param extra  The extra that was asked for; empty for none.
    /// @errors unsupported: `~=` or `===` between texts that are no versions.
    /// @cost Linear in the comparisons. @source PEP 508, "Environment Markers".
    [[nodiscard]] Result<MarkerAnswer> evaluate(
        const MarkerEnvironment& environment, std::string_view extra
    ) const;

    /// Whether the marker may hold somewhere in this world: each comparison is asked by itself, so
    /// that nothing that holds anywhere is missed, and some things are told that hold nowhere.
    /// @param extra  As for evaluate().
    /// @cost Linear in the comparisons and values.
    [[nodiscard]] bool may_hold(const MarkerWorld& world, std::string_view extra) const;

    /// In one spelling for all: double quotes where they will do, one blank, no needless
    /// parentheses.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Marker& left, const Marker& right) {
        return left.text() == right.text();
    }

    struct Node;

  private:
    friend Result<Marker> parse_environment_marker(std::string_view text);
    explicit Marker(std::shared_ptr<const Node> root) : m_root(std::move(root)) {}

    std::shared_ptr<const Node> m_root;
};

inline constexpr std::size_t marker_chars = 4096;
inline constexpr std::size_t marker_depth = 32;

/// @param text  1 .. marker_chars characters, parentheses at most marker_depth deep.
/// @errors malformed (grammar, unknown variable, a comparison without or with two variables),
/// too_large.
/// @thread Safe. @cost One pass. @source PEP 508, "Grammar".
[[nodiscard]] Result<Marker> parse_environment_marker(std::string_view text);

}  // namespace heliograph::mirror
