// SPDX-License-Identifier: Apache-2.0
// Any text that reads as a changelog is written and read back as the same value, and can be sorted
// without harm.
#include <mirror/journal/cursor.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto page =
        heliograph::mirror::parse_changelog({reinterpret_cast<const char*>(data), size});
    if (!page) {
        return 0;
    }
    const auto again =
        heliograph::mirror::parse_changelog(heliograph::mirror::render_changelog(*page));
    HG_ASSERT(again.has_value() && *again == *page);
    const auto set = heliograph::mirror::sort_changes({1}, *page);
    if (set) {
        HG_ASSERT(set->next >= heliograph::verify::Serial{1});
    }
    return 0;
}
