// SPDX-License-Identifier: Apache-2.0
// A mirror list holds at least one base URL, each once, and reads back as itself.
#include <mirror/fleet/mirror_list.hpp>

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto list = mirror::parse_mirror_list(text);
    if (list) {
        HG_ASSERT(!list->mirrors.empty());
        std::string written;
        for (const auto& listed : list->mirrors) {
            const auto base = listed.url.to_string();
            HG_ASSERT(base.back() == '/');
            written += base + " priority=" + std::to_string(listed.priority) +
                       " weight=" + std::to_string(listed.weight) +
                       (listed.region.empty() ? "" : " region=" + listed.region) + "\n";
        }
        HG_ASSERT(mirror::parse_mirror_list(written).value() == *list);
    }
    return 0;
}
