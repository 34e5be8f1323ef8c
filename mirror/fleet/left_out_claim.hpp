// SPDX-License-Identifier: Apache-2.0
// A mirror of some files says with a 404 that its filter leaves a file out. Nobody signs that, and
// anybody may say it of any file: it is told as the claim that it is.
#pragma once

#include <mirror/net/http_message.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// With a 404 of a file that the page names: the mirror's filter left it out, and why.
inline constexpr std::string_view left_out_field = "X-Left-Out";

/// What was seen, as a finding says it: `status 404 and its claim, which nobody signed, ...`. None:
/// the answer claims no such thing.
/// @thread Safe. @cost None.
[[nodiscard]] std::optional<std::string> left_out_claim(int status, const HeaderList& headers);

}  // namespace heliograph::mirror
