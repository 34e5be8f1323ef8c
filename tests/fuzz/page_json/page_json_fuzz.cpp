// SPDX-License-Identifier: Apache-2.0
// A page that parses renders to bytes that parse to the same page.
#include <verify/index/page_json.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto page = verify::parse_page_json(text);
    if (page) {
        const auto again = verify::parse_page_json(verify::render_page_json(*page));
        HG_ASSERT(again.has_value() && *again == *page);
    }
    return 0;
}
