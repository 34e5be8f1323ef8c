// SPDX-License-Identifier: Apache-2.0
// A kept page that is read is written the same, and one that is written is read the same.
#include <mirror/fetch/kept_page.hpp>
#include <pki/base/error.hpp>

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const auto* const bytes = reinterpret_cast<const std::byte*>(data);
    const heliograph::ByteSpan input(bytes, size);
    if (const auto kept = mirror::parse_kept_page(input)) {
        const auto again = mirror::parse_kept_page(mirror::render_kept_page(*kept));
        HG_ASSERT(again.has_value());
        HG_ASSERT(*again == *kept);
    }
    const std::size_t half = size / 2;
    const mirror::KeptPage made{
        .source = "https://one.example/",
        .serial = {size},
        .page = heliograph::Bytes(input.begin(), input.end()),
        .signature = {},
        .chain_pem = heliograph::Bytes(
            input.begin(), input.begin() + static_cast<std::ptrdiff_t>(half % 60'000)
        ),
        .revocation_pem =
            heliograph::Bytes(input.begin() + static_cast<std::ptrdiff_t>(half), input.end())};
    const auto read = mirror::parse_kept_page(mirror::render_kept_page(made));
    HG_ASSERT(read.has_value());
    HG_ASSERT(*read == made);
    return 0;
}
