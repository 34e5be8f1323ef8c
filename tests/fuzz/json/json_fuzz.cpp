// SPDX-License-Identifier: Apache-2.0
// What parses renders to text that parses to the same value.
#include <pki/base/json.hpp>

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = heliograph::parse_json(text, heliograph::JsonLimits{});
    if (value) {
        const auto again = heliograph::parse_json(
            heliograph::render_json(*value), heliograph::JsonLimits{.text_bytes = 8 * 1024 * 1024}
        );
        HG_ASSERT(again.has_value() && *again == *value);
    }
    return 0;
}
