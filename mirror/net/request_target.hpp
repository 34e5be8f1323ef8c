// SPDX-License-Identifier: Apache-2.0
// The target of a request: its path and query, percent-decoded exactly once. RFC 3986; RFC 9112
// section 3.2.
#pragma once

#include <pki/base/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// Path and query of a target in origin form (`/simple/?a=b`) or absolute form
/// (`http://host/simple/`).
struct RequestTarget {
    std::string_view path;   ///< Encoded, begins with `/`.
    std::string_view query;  ///< Without `?`.
};

/// @return  Views into @p target.
/// @errors malformed (authority or asterisk form, fragment, bytes that no URL has).
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<RequestTarget> split_target(std::string_view target);

/// Percent-decodes a path.
/// @return  UTF-8 that begins with `/`, without control characters, backslash, `.` or `..`
/// segments.
/// @errors malformed (any of these, an encoded slash, a broken escape).
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<std::string> decode_path(std::string_view encoded);

/// The decoded value of one query parameter; the first when repeated. `+` is not a space.
/// @param query  Encoded, without `?`: `since=5&limit=10`.
/// @return       None when absent.
/// @errors       malformed (broken escape in that value).
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<std::optional<std::string>> query_value(
    std::string_view query, std::string_view name
);

}  // namespace heliograph::mirror
