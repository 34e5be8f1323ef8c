// SPDX-License-Identifier: Apache-2.0
// The normal form of a version parses to an equal version, and the order is one.
#include <verify/index/version.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = text.find(0x20);
    const auto left = verify::parse_version(text.substr(0, middle));
    if (!left) {
        return 0;
    }
    const auto again = verify::parse_version(left->text());
    HG_ASSERT(again.has_value() && *again == *left && again->text() == left->text());
    const auto right =
        verify::parse_version(middle == std::string_view::npos ? text : text.substr(middle));
    if (right) {
        HG_ASSERT((*left < *right) == (*right > *left) && (*left == *right) == (*right == *left));
    }
    return 0;
}
