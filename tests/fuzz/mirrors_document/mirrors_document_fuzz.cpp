// SPDX-License-Identifier: Apache-2.0
// A list of mirrors that parses renders to bytes that parse to the same, each mirror once.
#include <verify/gate/mirrors_document.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto document = verify::parse_mirrors_document(text)) {
        HG_ASSERT(!document->mirrors.empty() && document->serial > 0);
        std::set<std::string> urls;
        for (const auto& mirror : document->mirrors) {
            HG_ASSERT(mirror.url.back() == '/' && urls.insert(mirror.url).second);
            HG_ASSERT(mirror.weight >= 1 && mirror.weight <= verify::most_weight);
        }
        const auto again =
            verify::parse_mirrors_document(verify::render_mirrors_document(*document));
        // What was within the limit may be over it with all that is usual written out.
        HG_ASSERT(
            again ? *again == *document : again.error().code() == heliograph::ErrorCode::too_large
        );
    }
    return 0;
}
