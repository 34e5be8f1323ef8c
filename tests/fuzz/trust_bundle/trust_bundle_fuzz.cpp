// SPDX-License-Identifier: Apache-2.0
// A bundle that parses renders to bytes that parse and render to the same.
#include <verify/gate/trust_bundle.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto bundle = verify::parse_trust_bundle(text);
    if (bundle) {
        const std::string rendered = verify::render_trust_bundle(*bundle);
        const auto again = verify::parse_trust_bundle(rendered);
        HG_ASSERT(again.has_value() && verify::render_trust_bundle(*again) == rendered);
        HG_ASSERT(verify::authority_ids(*again) == verify::authority_ids(*bundle));
    }
    return 0;
}
