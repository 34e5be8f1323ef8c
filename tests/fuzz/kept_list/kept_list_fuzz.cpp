// SPDX-License-Identifier: Apache-2.0
// A kept list that is read is written the same, and one that is written is read the same.
#include <mirror/discovery/kept_list.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto kept = mirror::parse_kept_list(text)) {
        const auto again = mirror::parse_kept_list(mirror::render_kept_list(*kept));
        HG_ASSERT(again.has_value());
        HG_ASSERT(*again == *kept);
    }
    const auto bytes = heliograph::to_bytes(text.substr(0, 4096));
    const mirror::KeptList made{
        .list =
            {.source = "https://one.example/mirrors.json",
             .document = bytes,
             .signature = bytes,
             .chain_pem = bytes,
             .revocation_pem = bytes},
        .etag = {},
        .confirmed = {},
        .serial = size + 1};
    const auto read = mirror::parse_kept_list(mirror::render_kept_list(made));
    HG_ASSERT(read.has_value());
    HG_ASSERT(*read == made);
    return 0;
}
