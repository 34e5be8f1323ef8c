// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/body_parts.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace heliograph::mirror {

namespace {

constexpr std::size_t least_bytes = std::size_t{8} * 1024;
constexpr std::size_t most_bytes = std::size_t{64} * 1024;
constexpr unsigned cut_bits = 13;  // After the least, one place in 8192 is a cut.

constexpr std::size_t row_bytes = 8;
constexpr std::size_t entry_bytes = row_bytes + 32;

// 256 numbers without pattern (splitmix64, public domain).
constexpr std::array<std::uint64_t, 256> make_gear() {
    std::array<std::uint64_t, 256> gear{};
    std::uint64_t state = 0;
    for (auto& number : gear) {
        state += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        number = mixed ^ (mixed >> 31U);
    }
    return gear;
}
constexpr auto gear = make_gear();

// The hash rolls over 64 bytes, so a cut depends on these alone.
std::size_t first_size(ByteSpan body) {
    if (body.size() <= least_bytes) {
        return body.size();
    }
    const std::size_t end = std::min(body.size(), most_bytes);
    std::uint64_t hash = 0;
    std::size_t at = least_bytes - 64;
    for (; at < least_bytes; ++at) {
        hash = (hash << 1U) + gear[std::to_integer<std::size_t>(body[at])];
    }
    for (; at < end; ++at) {
        hash = (hash << 1U) + gear[std::to_integer<std::size_t>(body[at])];
        if (hash >> (64U - cut_bits) == 0) {
            return at + 1;
        }
    }
    return end;
}

}  // namespace

ByteSpan first_part(ByteSpan body) {
    return body.first(first_size(body));
}

std::vector<ByteSpan> cut_body(ByteSpan body) {
    std::vector<ByteSpan> parts;
    while (!body.empty()) {
        parts.push_back(first_part(body));
        body = body.subspan(parts.back().size());
    }
    return parts;
}

Bytes render_parts(const std::vector<BodyPart>& parts) {
    Bytes list;
    list.reserve(parts.size() * entry_bytes);
    for (const auto& part : parts) {
        const auto row = static_cast<std::uint64_t>(part.row);
        for (unsigned shift = 64; shift > 0; shift -= 8) {
            list.push_back(static_cast<std::byte>(row >> (shift - 8)));
        }
        list.insert(list.end(), part.digest.bytes.begin(), part.digest.bytes.end());
    }
    return list;
}

Result<std::vector<BodyPart>> parse_parts(ByteSpan list) {
    if (list.empty() || list.size() % entry_bytes != 0) {
        return Error(
            ErrorCode::malformed,
            "expected the list of parts of a stored page, saw a damaged one: the disk altered it; "
            "restore the folder"
        );
    }
    std::vector<BodyPart> parts;
    parts.reserve(list.size() / entry_bytes);
    for (; !list.empty(); list = list.subspan(entry_bytes)) {
        BodyPart part;
        std::uint64_t row = 0;
        for (const std::byte byte : list.first(row_bytes)) {
            row = (row << 8U) | std::to_integer<std::uint64_t>(byte);
        }
        part.row = static_cast<std::int64_t>(row);
        const auto digest = list.subspan(row_bytes, part.digest.bytes.size());
        std::copy(digest.begin(), digest.end(), part.digest.bytes.begin());
        parts.push_back(part);
    }
    return parts;
}

}  // namespace heliograph::mirror
