// SPDX-License-Identifier: Apache-2.0
// Names of hosts and zones in the DNS.
#pragma once

#include <pki/base/result.hpp>

#include <compare>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// Lower case, without the final dot; labels of 1 to 63 letters, digits, `-` and `_`, together at
/// most 253 characters.
/// @thread As a string.
class DnsName {
  public:
    /// @errors malformed. @source RFC 1035 section 2.3; RFC 2782 for `_`.
    [[nodiscard]] static Result<DnsName> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return m_text; }

    /// Up to the first dot.
    [[nodiscard]] std::string_view first_label() const;
    /// This name below @p zone by exactly one label, or by any number of them.
    [[nodiscard]] bool is_child_of(const DnsName& zone) const;
    [[nodiscard]] bool is_below(const DnsName& zone) const;
    /// `label.this`. @errors malformed. @thread Safe.
    [[nodiscard]] Result<DnsName> child(std::string_view label) const;

    friend auto operator<=>(const DnsName&, const DnsName&) = default;

  private:
    DnsName() = default;

    std::string m_text;
};

}  // namespace heliograph::mirror
