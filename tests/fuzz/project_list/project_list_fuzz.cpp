// SPDX-License-Identifier: Apache-2.0
// A list of projects gives a filter that wants exactly its names.
#include <mirror/sync/project_filter.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto names = mirror::parse_project_list(text);
    if (!names) {
        return 0;
    }
    HG_ASSERT(!names->empty() && names->size() <= size);
    const mirror::ProjectFilter filter(*names);
    for (const auto& name : *names) {
        HG_ASSERT(filter.wants(name));
    }
    HG_ASSERT(!filter.mark().empty());
    return 0;
}
