// SPDX-License-Identifier: Apache-2.0
// The text of a list of requirements before its lines mean anything: one rule for its encoding and
// one for the ends of lines, for all who read such lists.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <string_view>

namespace heliograph::mirror {

/// The text without its byte order mark. What pip would read as other characters is refused: bytes
/// that are no UTF-8, UTF-16, and a comment `coding: NAME` that names another encoding.
/// @errors unsupported. @thread Safe. @cost One pass.
/// @source pip, `auto_decode` and ENCODING_RE.
[[nodiscard]] Result<std::string_view> requirement_text(std::string_view bytes);

/// An end of a line; of the end of the text, the length is 0.
struct LineEnd {
    std::size_t at = 0;
    std::size_t length_bytes = 0;
};

/// The first end of a line as pip sees it, which cuts as Python does: at LF, CR, VT, FF, FS, GS,
/// RS, U+0085, U+2028 and U+2029. @thread Safe. @cost Up to the end.
/// @source Python, `str.splitlines`.
[[nodiscard]] LineEnd find_line_end(std::string_view text);

/// Whether all readers see the same lines: each ends with LF or CRLF, and no other control
/// character but the tab stands in them.
/// @errors malformed (the line is told). @thread Safe. @cost One pass.
[[nodiscard]] Outcome check_plain_lines(std::string_view text);

}  // namespace heliograph::mirror
