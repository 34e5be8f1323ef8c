// SPDX-License-Identifier: Apache-2.0
// Pages and lists of any mirror are read without harm.
#include <mirror/audit/audited_page.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto page = mirror::parse_audited_page(text);
    HG_ASSERT(!page || page->files.size() <= size);
    const auto list = mirror::parse_audited_list(text);
    HG_ASSERT(!list || list->projects.size() <= size);
    return 0;
}
