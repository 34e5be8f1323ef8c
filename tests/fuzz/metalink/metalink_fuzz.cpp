// SPDX-License-Identifier: Apache-2.0
// A metalink that is read is written so that it reads as the same; its mirrors are base URLs.
#include <mirror/discovery/metalink.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto metalink = mirror::parse_metalink(text)) {
        HG_ASSERT(!metalink->files.empty());
        for (const auto& file : metalink->files) {
            HG_ASSERT(file.name.find('/') == std::string::npos && file.name != "..");
        }
        const auto again = mirror::parse_metalink(mirror::render_metalink(*metalink));
        // What was within the limit may be over it with all that is usual written out.
        HG_ASSERT(
            again ? *again == *metalink : again.error().code() == heliograph::ErrorCode::too_large
        );
        for (const auto& mirror : mirror::mirrors_of(*metalink)) {
            HG_ASSERT(mirror.url.to_string().back() == '/');
        }
    }
    return 0;
}
