// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/random.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace heliograph::pki {

Outcome fill_random(std::span<std::byte> target) {
    while (!target.empty()) {
        // RAND_bytes takes an int; pieces keep any size within it.
        const std::size_t piece = std::min<std::size_t>(target.size(), 65536);
        auto* const start = reinterpret_cast<unsigned char*>(target.data());
        HG_CHECK(check(RAND_bytes(start, static_cast<int>(piece)), "get random bytes"));
        target = target.subspan(piece);
    }
    return {};
}

Result<std::string> random_hex(std::size_t size_bytes) {
    std::array<std::byte, 64> raw{};
    HG_ASSERT(size_bytes >= 1 && size_bytes <= raw.size());
    const auto used = std::span(raw).first(size_bytes);
    HG_CHECK(fill_random(used));
    return encode_hex(used);
}

}  // namespace heliograph::pki
