// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/chunked_encryption.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/crypto/vector_file.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;
using test_vectors::number;
using test_vectors::secret;
using test_vectors::text;

// Hexadecimal pieces with commas between; `0*N` is N zero bytes.
Bytes unpacked(const std::string& packed) {
    Bytes all;
    std::string_view rest(packed);
    while (!rest.empty()) {
        const std::string_view piece = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
        if (piece.starts_with("0*")) {
            std::size_t count = 0;
            std::from_chars(piece.data() + 2, piece.data() + piece.size(), count);
            all.insert(all.end(), count, std::byte{0});
        } else {
            const Bytes decoded = decode_hex(piece).value();
            all.insert(all.end(), decoded.begin(), decoded.end());
        }
    }
    return all;
}

struct Opened {
    Bytes released;
    bool whole = false;
};

// As a reader of a stream does it: header, then chunk for chunk until one is no good.
Result<Opened> open_all(const SecretBytes& key, ByteSpan context, ByteSpan sealed) {
    Opened opened;
    ChunkedHeader header{};
    if (sealed.size() < header.size()) {
        return opened;
    }
    std::copy_n(sealed.begin(), header.size(), header.begin());
    HG_TRY(auto opener, ChunkOpener::start(key, ChunkedContext(context), header));
    ByteSpan rest = sealed.subspan(header.size());
    while (opener && !opener->is_whole()) {
        const ByteSpan chunk = rest.first(std::min(rest.size(), sealed_chunk_bytes));
        rest = rest.subspan(chunk.size());
        HG_TRY(const auto plaintext, opener->open(chunk));
        if (!plaintext) {
            return opened;
        }
        const ByteSpan exposed = plaintext->expose();
        opened.released.insert(opened.released.end(), exposed.begin(), exposed.end());
    }
    // What stands behind the last chunk is offered too, and must not open.
    opened.whole = opener && (rest.empty() || opener->open(rest).value().has_value());
    return opened;
}

std::string sha512_hex(ByteSpan bytes) {
    std::array<std::byte, 64> digest{};
    EXPECT_EQ(
        EVP_Digest(
            bytes.data(),
            bytes.size(),
            reinterpret_cast<unsigned char*>(digest.data()),
            nullptr,
            EVP_sha512(),
            nullptr
        ),
        1
    );
    return encode_hex(digest);
}

class CobblestoneVectors : public testing::TestWithParam<const char*> {};

TEST_P(CobblestoneVectors, OpenExactlyWhereTheyShould) {
    std::size_t valid = 0;
    std::size_t invalid = 0;
    for (const JsonValue& vector : test_vectors::read(GetParam())) {
        SCOPED_TRACE(test_vectors::title(vector));
        const Bytes context = test_vectors::bytes(vector, "context");
        const auto opened =
            open_all(secret(vector, "key"), context, unpacked(text(vector, "sealed")));
        if (text(vector, "result") == "valid") {
            ASSERT_TRUE(succeeded(opened));
            EXPECT_TRUE(opened->whole);
            EXPECT_EQ(opened->released.size(), static_cast<std::size_t>(number(vector, "size")));
            EXPECT_EQ(sha512_hex(opened->released), text(vector, "sha512"));
            ++valid;
            continue;
        }
        ++invalid;
        if (!opened) {
            expect_error(opened, ErrorCode::invalid_argument);
            continue;
        }
        EXPECT_FALSE(opened->whole);
        // Never more than the validly sealed beginning.
        EXPECT_LE(opened->released.size(), static_cast<std::size_t>(number(vector, "size")));
        if (!opened->released.empty()) {
            EXPECT_EQ(sha512_hex(opened->released), text(vector, "sha512"));
        }
    }
    EXPECT_EQ(valid, 10U);
    EXPECT_EQ(invalid, 25U);
}

INSTANTIATE_TEST_SUITE_P(
    Variants,
    CobblestoneVectors,
    testing::Values(
        "wycheproof_primitives/cobblestone_128", "wycheproof_primitives/cobblestone_256"
    )
);

class Chunked : public testing::Test {
  protected:
    [[nodiscard]] Bytes seal(std::size_t size) const {
        Bytes message(size);
        for (std::size_t i = 0; i < size; ++i) {
            message[i] = static_cast<std::byte>(i * 7 + i / chunk_bytes);
        }
        auto sealer = ChunkSealer::start(m_key, ChunkedContext(bytes_of("test"))).value();
        Bytes sealed(sealer.header().begin(), sealer.header().end());
        ByteSpan rest(message);
        for (bool last = false; !last;) {
            const ByteSpan piece = rest.first(std::min(rest.size(), chunk_bytes));
            last = piece.size() < chunk_bytes;
            rest = rest.subspan(piece.size());
            const Bytes chunk =
                sealer.seal(piece, last ? ChunkPlace::last : ChunkPlace::inner).value();
            sealed.insert(sealed.end(), chunk.begin(), chunk.end());
        }
        return sealed;
    }
    [[nodiscard]] Opened open(ByteSpan sealed) const {
        return open_all(m_key, bytes_of("test"), sealed).value();
    }

    const SecretBytes m_key{bytes_of("0123456789abcdef")};
};

TEST_F(Chunked, OfEveryLengthAroundTheEdgesOpens) {
    for (const std::size_t size :
         {std::size_t{0},
          std::size_t{1},
          chunk_bytes - 1,
          chunk_bytes,
          chunk_bytes + 1,
          2 * chunk_bytes,
          3 * chunk_bytes + 5}) {
        const Bytes sealed = seal(size);
        EXPECT_EQ(
            sealed.size(), chunked_header_bytes + size + (size / chunk_bytes + 1) * gcm_tag_bytes
        );
        const auto opened = open(sealed);
        EXPECT_TRUE(opened.whole) << size;
        EXPECT_EQ(opened.released.size(), size);
    }
}

TEST_F(Chunked, CutAnywhereIsNeverWhole) {
    const Bytes sealed = seal(2 * chunk_bytes + 100);
    std::vector<std::size_t> cuts(200);
    std::iota(cuts.begin(), cuts.end(), 0U);
    for (const std::size_t edge : {1U, 2U}) {
        const std::size_t end = chunked_header_bytes + edge * sealed_chunk_bytes;
        for (std::size_t around = end - 20; around <= end + 20; ++around) {
            cuts.push_back(around);
        }
    }
    for (std::size_t left = 1; left <= 120; ++left) {
        cuts.push_back(sealed.size() - left);
    }
    for (const std::size_t cut : cuts) {
        EXPECT_FALSE(open(ByteSpan(sealed).first(cut)).whole) << cut;
    }
    EXPECT_TRUE(open(sealed).whole);
}

TEST_F(Chunked, SwappedRepeatedOrLeftOutChunksShow) {
    const Bytes sealed = seal(3 * chunk_bytes + 10);
    const auto chunk = [&sealed](std::size_t index) {
        const ByteSpan rest =
            ByteSpan(sealed).subspan(chunked_header_bytes + index * sealed_chunk_bytes);
        return rest.first(std::min(rest.size(), sealed_chunk_bytes));
    };
    const std::vector<std::vector<std::size_t>> orders = {
        {1, 0, 2, 3}, {0, 0, 1, 2, 3}, {0, 2, 3}, {1, 2, 3}, {0, 1, 3}, {3}, {0, 1, 2, 3, 3}};
    for (const auto& order : orders) {
        Bytes other(sealed.begin(), sealed.begin() + chunked_header_bytes);
        for (const std::size_t index : order) {
            other.insert(other.end(), chunk(index).begin(), chunk(index).end());
        }
        EXPECT_FALSE(open(other).whole) << order.front() << order.size();
    }
}

TEST_F(Chunked, EveryFlippedByteOfAShortMessageShows) {
    const Bytes sealed = seal(40);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        Bytes altered = sealed;
        altered[i] ^= std::byte{0x10};
        const auto opened = open(altered);
        EXPECT_FALSE(opened.whole) << i;
        EXPECT_TRUE(opened.released.empty()) << i;
    }
}

TEST_F(Chunked, IsAnotherTextEachTime) {
    EXPECT_NE(seal(10), seal(10));
}

TEST(ChunkedMisuse, IsRefused) {
    expect_error(
        ChunkSealer::start(SecretBytes(15), ChunkedContext({})), ErrorCode::invalid_argument
    );
    const Bytes endless(513);
    expect_error(
        ChunkSealer::start(SecretBytes(16), ChunkedContext(endless)), ErrorCode::invalid_argument
    );
}

}  // namespace
}  // namespace heliograph::pki
