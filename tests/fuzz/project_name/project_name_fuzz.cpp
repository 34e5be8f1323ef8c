// SPDX-License-Identifier: Apache-2.0
// A normalised name is its own normal form and holds nothing that a path could be made of.
#include <verify/index/project_name.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto name = verify::parse_project_name(text);
    if (name) {
        HG_ASSERT(verify::parse_normalised_name(name->text()).value() == *name);
        HG_ASSERT(
            name->text().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
            std::string::npos
        );
        HG_ASSERT(name->text().front() != '-' && name->text().back() != '-');
    }
    return 0;
}
