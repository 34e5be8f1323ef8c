// SPDX-License-Identifier: Apache-2.0
// Any bytes offered as the page of a mirroring tool give files with bounded reasons of one line or
// an error; a page agrees with itself and is not changed by being told twice.
#include <mirror/publish/source_page.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto page = mirror::parse_source_page(text);
    if (!page) {
        return 0;
    }
    for (const auto& [name, file] : *page) {
        const auto& reason = file.facts.yanked;
        HG_ASSERT(!reason || reason->size() <= heliograph::verify::limits::yank_reason_bytes);
        HG_ASSERT(!reason || std::none_of(reason->begin(), reason->end(), [](char c) {
            return (c >= 0 && c < ' ') || c == '\x7f';
        }));
    }
    auto twice = *page;
    HG_ASSERT(mirror::merge_source_page(twice, *page).has_value());
    HG_ASSERT(twice.size() == page->size());
    for (const auto& [name, file] : *page) {
        HG_ASSERT(twice.at(name).sha256 == file.sha256 && twice.at(name).facts == file.facts);
    }
    return 0;
}
