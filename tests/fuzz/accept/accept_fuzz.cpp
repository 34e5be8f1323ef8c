// SPDX-License-Identifier: Apache-2.0
// Accept fields: the canonical text reads back as the same list, and means the same choice.
#include <mirror/serve/negotiation.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using heliograph::mirror::choose_page_type;
using heliograph::mirror::parse_accept;
using heliograph::mirror::render_accept;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto ranges = parse_accept(text);
    const std::string canonical = render_accept(ranges);
    if (parse_accept(canonical) != ranges) {
        std::abort();
    }
    const auto chosen = choose_page_type({text, {}});
    if (chosen != choose_page_type({canonical, {}})) {
        std::abort();
    }
    if (chosen && ranges.empty()) {
        std::abort();
    }
    return 0;
}
