// SPDX-License-Identifier: Apache-2.0
// A state that parses renders to bytes that parse to the same state.
#include <verify/gate/trust_state.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto state = verify::parse_trust_state(text);
    if (state) {
        const auto again = verify::parse_trust_state(verify::render_trust_state(*state));
        HG_ASSERT(again.has_value() && *again == *state);
    }
    return 0;
}
