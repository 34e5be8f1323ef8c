// SPDX-License-Identifier: Apache-2.0
#include <verify/gate/base_url.hpp>

#include <algorithm>
#include <cstddef>

namespace heliograph::verify {

bool is_base_url(std::string_view text) {
    constexpr std::size_t url_limit = 2048;
    const std::size_t scheme = text.starts_with("https://")  ? 8
                               : text.starts_with("http://") ? 7
                                                             : 0;
    if (scheme == 0 || text.size() > url_limit || text.size() == scheme) {
        return false;
    }
    const std::string_view authority = text.substr(scheme, text.find('/', scheme) - scheme);
    return !authority.empty() && authority.find('@') == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace heliograph::verify
