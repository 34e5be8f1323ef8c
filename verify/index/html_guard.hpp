// SPDX-License-Identifier: Apache-2.0
// A strict look at HTML before the real parser sees it. Private to this room.
#pragma once

#include <pki/base/result.hpp>

#include <string_view>

namespace heliograph::verify {

/// Lets through only the small part of HTML that index pages are written in: known elements,
/// properly nested and at most 16 deep, quoted attributes, plain comments. The library behind it
/// frees its tree by recursion and repairs broken nesting at quadratic cost; neither can be reached
/// with what passes here.
/// @param text  UTF-8.
/// @errors malformed, too_large (more elements than a page of limits::page_files needs).
/// @thread Safe. @cost One pass.
[[nodiscard]] Outcome guard_html(std::string_view text);

}  // namespace heliograph::verify
