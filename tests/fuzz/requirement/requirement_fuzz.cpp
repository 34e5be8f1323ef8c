// SPDX-License-Identifier: Apache-2.0
// What is read as a requirement is read as the same one from its own text.
#include <mirror/requirement/requirement.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto requirement = mirror::parse_requirement(text);
    if (requirement) {
        const auto again = mirror::parse_requirement(requirement->text());
        HG_ASSERT(again.has_value());
        HG_ASSERT(again->project == requirement->project);
        HG_ASSERT(again->text() == requirement->text());
    }
    return 0;
}
