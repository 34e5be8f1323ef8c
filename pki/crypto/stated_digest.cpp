// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/stated_digest.hpp>

#include <algorithm>
#include <bit>

namespace heliograph::pki {

namespace {

constexpr std::size_t digest_bytes = 32;

// RFC 7693, section 2.6: those of SHA-512.
constexpr std::array<std::uint64_t, 8> initial{
    0x6A09E667F3BCC908U,
    0xBB67AE8584CAA73BU,
    0x3C6EF372FE94F82BU,
    0xA54FF53A5F1D36F1U,
    0x510E527FADE682D1U,
    0x9B05688C2B3E6C1FU,
    0x1F83D9ABFB41BD6BU,
    0x5BE0CD19137E2179U};

// Section 2.7. Rounds 10 and 11 take the first two again.
constexpr std::array<std::array<std::uint8_t, 16>, 10> schedule{
    {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
     {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
     {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
     {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
     {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
     {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
     {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
     {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
     {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}}};

// Where the eight mixings of a round take their four words: columns, then diagonals.
constexpr std::array<std::array<std::uint8_t, 4>, 8> lanes{
    {{0, 4, 8, 12},
     {1, 5, 9, 13},
     {2, 6, 10, 14},
     {3, 7, 11, 15},
     {0, 5, 10, 15},
     {1, 6, 11, 12},
     {2, 7, 8, 13},
     {3, 4, 9, 14}}};

std::uint64_t little_endian(const std::byte* bytes) {
    std::uint64_t word = 0;
    for (unsigned at = 0; at < 8; ++at) {
        word |= std::to_integer<std::uint64_t>(bytes[at]) << (8 * at);
    }
    return word;
}

}  // namespace

void Md5Hasher::Deleter::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

Md5Hasher::Md5Hasher() : m_context(EVP_MD_CTX_new()) {
    HG_ASSERT(m_context != nullptr);
    if (EVP_DigestInit_ex2(m_context.get(), EVP_md5(), nullptr) != 1) {
        drain_openssl_errors();
        m_context.reset();
    }
}

void Md5Hasher::update(ByteSpan piece) {
    if (m_context != nullptr) {
        HG_ASSERT(EVP_DigestUpdate(m_context.get(), piece.data(), piece.size()) == 1);
    }
}

std::optional<std::string> Md5Hasher::finish_hex() {
    if (m_context == nullptr) {
        return std::nullopt;
    }
    std::array<std::byte, 16> digest{};
    unsigned size = 0;
    HG_ASSERT(
        EVP_DigestFinal_ex(
            m_context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size
        ) == 1
    );
    HG_ASSERT(size == digest.size());
    HG_ASSERT(EVP_DigestInit_ex2(m_context.get(), EVP_md5(), nullptr) == 1);
    return encode_hex(digest);
}

Blake2bHasher::Blake2bHasher() {
    begin();
}

void Blake2bHasher::begin() {
    m_state = initial;
    // The parameter block of a digest of 32 bytes, no key, one leaf.
    m_state[0] ^= 0x01010000U ^ digest_bytes;
    m_block.fill(std::byte{0});
    m_filled = 0;
    m_seen_bytes = 0;
}

void Blake2bHasher::update(ByteSpan piece) {
    while (!piece.empty()) {
        // The last block is compressed by finish_hex() alone: more must follow a full one.
        if (m_filled == block_bytes) {
            compress(Block::inner);
            m_filled = 0;
        }
        const auto count = std::min(piece.size(), block_bytes - m_filled);
        std::copy_n(piece.begin(), count, m_block.begin() + static_cast<std::ptrdiff_t>(m_filled));
        m_filled += count;
        m_seen_bytes += count;
        piece = piece.subspan(count);
    }
}

void Blake2bHasher::compress(Block block) {
    std::array<std::uint64_t, 16> message{};
    for (std::size_t at = 0; at < message.size(); ++at) {
        message[at] = little_endian(m_block.data() + 8 * at);
    }
    std::array<std::uint64_t, 16> work{};
    std::copy(m_state.begin(), m_state.end(), work.begin());
    std::copy(initial.begin(), initial.end(), work.begin() + 8);
    work[12] ^= m_seen_bytes;
    if (block == Block::last) {
        work[14] = ~work[14];
    }
    for (std::size_t round = 0; round < 12; ++round) {
        const auto& order = schedule[round % schedule.size()];
        for (std::size_t mix = 0; mix < lanes.size(); ++mix) {
            auto& a = work[lanes[mix][0]];
            auto& b = work[lanes[mix][1]];
            auto& c = work[lanes[mix][2]];
            auto& d = work[lanes[mix][3]];
            a += b + message[order[2 * mix]];
            d = std::rotr(d ^ a, 32);
            c += d;
            b = std::rotr(b ^ c, 24);
            a += b + message[order[2 * mix + 1]];
            d = std::rotr(d ^ a, 16);
            c += d;
            b = std::rotr(b ^ c, 63);
        }
    }
    for (std::size_t at = 0; at < m_state.size(); ++at) {
        m_state[at] ^= work[at] ^ work[at + 8];
    }
}

std::string Blake2bHasher::finish_hex() {
    std::fill(m_block.begin() + static_cast<std::ptrdiff_t>(m_filled), m_block.end(), std::byte{0});
    compress(Block::last);
    std::array<std::byte, digest_bytes> digest{};
    for (std::size_t at = 0; at < digest.size(); ++at) {
        digest[at] = static_cast<std::byte>(m_state[at / 8] >> (8 * (at % 8)));
    }
    begin();
    return encode_hex(digest);
}

}  // namespace heliograph::pki
