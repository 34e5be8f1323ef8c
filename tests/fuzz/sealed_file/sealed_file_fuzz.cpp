// SPDX-License-Identifier: Apache-2.0
// A header that parses renders to its own bytes; opening any file with a fixed key ends without
// releasing more than the file can hold.
#include <pki/seal/sealed_header.hpp>
#include <pki/seal/sealed_stream.hpp>

#include <algorithm>
#include <cstdint>

namespace heliograph {

namespace {

// For this target only: the key that the seeds are sealed to.
constexpr std::string_view fuzz_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VuBCIEICC9nzQQbQKgGCfaKXn1eAcfz8dfFvCBDvtEVNb1U6hO\n"
    "-----END PRIVATE KEY-----\n";

const pki::PrivateKey& recipient() {
    static const pki::PrivateKey key = pki::PrivateKey::parse_pem(bytes_of(fuzz_key)).value();
    return key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    if (const auto parsed = pki::SealedHeader::parse(bytes); parsed && *parsed) {
        const Bytes again = (*parsed)->header.render();
        HG_ASSERT(again == to_bytes(bytes.first((*parsed)->size_bytes)));
    }
    ByteSpan rest = bytes;
    std::uint64_t released = 0;
    const auto source = [&rest](std::span<std::byte> room) -> Result<std::size_t> {
        const std::size_t count = std::min(room.size(), rest.size());
        std::copy_n(rest.begin(), count, room.begin());
        rest = rest.subspan(count);
        return count;
    };
    const auto sink = [&released](ByteSpan piece) -> Outcome {
        released += piece.size();
        return {};
    };
    const auto opening = pki::open_stream(recipient(), source, sink);
    HG_ASSERT(opening.has_value());
    HG_ASSERT(released <= bytes.size());
    HG_ASSERT(opening->defect.has_value() || opening->size_bytes == released);
    return 0;
}

}  // namespace heliograph
