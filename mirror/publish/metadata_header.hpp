// SPDX-License-Identifier: Apache-2.0
// Private: what is kept for people of core metadata that are not offered to installers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// The fields before the first empty line; none where they are longer than people write them,
/// 16 KiB. @thread Safe. @cost One pass.
[[nodiscard]] std::optional<std::string> metadata_header(std::string_view text);

}  // namespace heliograph::mirror
