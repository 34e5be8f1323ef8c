// SPDX-License-Identifier: Apache-2.0
// Statistics of other mirrors, packed or not: what parses renders to text that parses to the same.
#include <mirror/statistics/access_row.hpp>
#include <mirror/statistics/bzip2_file.hpp>

#include <cstdint>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto table = mirror::parse_access_table(text);
    if (table) {
        const auto again = mirror::parse_access_table(mirror::render_access_table(*table));
        HG_ASSERT(again.has_value() && *again == *table);
    }
    constexpr std::uint64_t most = 1U << 20U;
    const auto unpacked = mirror::unpack_bzip2(heliograph::bytes_of(text), most);
    HG_ASSERT(!unpacked || unpacked->size() <= most);
    return 0;
}
