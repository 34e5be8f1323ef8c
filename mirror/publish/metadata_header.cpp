// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/metadata_header.hpp>

#include <algorithm>

namespace heliograph::mirror {

std::optional<std::string> metadata_header(std::string_view text) {
    constexpr std::size_t most_bytes = 16 * 1024;
    const auto header = text.substr(0, std::min(text.find("\n\n"), text.find("\n\r\n")));
    return header.size() <= most_bytes ? std::optional(std::string(header)) : std::nullopt;
}

}  // namespace heliograph::mirror
