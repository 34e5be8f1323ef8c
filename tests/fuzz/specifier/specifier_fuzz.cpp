// SPDX-License-Identifier: Apache-2.0
// A set that parses is written in a form that parses and is written the same.
#include <verify/index/specifier.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto set = verify::parse_specifier_set(text);
    if (set) {
        const auto again = verify::parse_specifier_set(set->text());
        HG_ASSERT(again.has_value() && again->text() == set->text());
        HG_ASSERT(
            set->accepts(verify::parse_version("1.0").value()) ==
            again->accepts(verify::parse_version("1.0").value())
        );
    }
    return 0;
}
