// SPDX-License-Identifier: Apache-2.0
// The documents that open and close a bundle: what parses renders to text that parses to the same.
#include <mirror/bundle/bundle_format.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto manifest = mirror::parse_bundle_manifest(text);
    if (manifest) {
        const auto again = mirror::parse_bundle_manifest(mirror::render_bundle_manifest(*manifest));
        HG_ASSERT(again.has_value() && *again == *manifest);
        HG_ASSERT(manifest->journal_since() <= manifest->to);
    }
    const auto seal = mirror::parse_bundle_seal(text);
    if (seal) {
        const auto again = mirror::parse_bundle_seal(mirror::render_bundle_seal(*seal));
        HG_ASSERT(again.has_value() && *again == *seal);
    }
    return 0;
}
