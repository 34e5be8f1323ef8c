// SPDX-License-Identifier: Apache-2.0
// Private: the form of names that go into certificates (RFC 9525, RFC 5890, RFC 3986).
#pragma once

#include <pki/base/result.hpp>

#include <string>
#include <string_view>

namespace heliograph::pki {

enum class Wildcard { allowed, refused };

/// The start of a text that may be hostile, in quotes, with `?` for all but printable ASCII: for
/// error sentences.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// A host name in A-labels: letters, digits and hyphens, 1 to 253 characters, labels of 1 to 63, no
/// final dot, no underscore, not all digits at the end; a wildcard only as the whole leftmost label
/// of at least three.
/// @return  In lower case. @errors invalid_argument. @source RFC 9525 section 6.3; RFC 1123
/// section 2.1.
[[nodiscard]] Result<std::string> normal_dns_name(std::string_view text, Wildcard wildcard);

/// An absolute URI of printable ASCII with a scheme, at most 2048 characters.
/// @errors invalid_argument.
[[nodiscard]] Outcome check_uri(std::string_view text);

/// `local@domain`: a local part of printable ASCII without quotes, 1 to 64 characters, and a DNS
/// name. @return With the domain in lower case. @errors invalid_argument.
/// @source RFC 5321 section 4.1.2, the dot-string form.
[[nodiscard]] Result<std::string> normal_email(std::string_view text);

/// A common or organisation name: 1 to 64 characters of UTF-8 text without control characters.
/// @errors invalid_argument. @source RFC 5280 appendix A.1, ub-common-name.
[[nodiscard]] Outcome check_display_name(std::string_view text);

}  // namespace heliograph::pki
