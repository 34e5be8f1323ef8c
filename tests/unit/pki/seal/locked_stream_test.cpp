// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/chunked_encryption.hpp>
#include <pki/seal/locked_stream.hpp>
#include <tests/support/expect_error.hpp>

#include <algorithm>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

constexpr ScryptCost least{scrypt_log2_n_least};

ByteSource source_of(ByteSpan bytes) {
    return [bytes](std::span<std::byte> room) mutable -> Result<std::size_t> {
        const std::size_t count = std::min(room.size(), bytes.size());
        std::copy_n(bytes.begin(), count, room.begin());
        bytes = bytes.subspan(count);
        return count;
    };
}

ByteSink sink_to(Bytes& bytes) {
    return [&bytes](ByteSpan more) {
        bytes.insert(bytes.end(), more.begin(), more.end());
        return Outcome();
    };
}

class LockedStream : public testing::Test {
  protected:
    Bytes lock(ByteSpan plain) const {
        Bytes locked;
        EXPECT_TRUE(
            succeeded(lock_stream({m_word, "test", least}, source_of(plain), sink_to(locked)))
        );
        return locked;
    }
    Result<Bytes> unlock(ByteSpan locked, std::string_view purpose = "test") const {
        Bytes plain;
        HG_TRY(
            const std::uint64_t size,
            unlock_stream({m_word, purpose}, source_of(locked), sink_to(plain))
        );
        EXPECT_EQ(size, plain.size());
        return plain;
    }

    const SecretBytes m_word{bytes_of("horse")};
};

TEST_F(LockedStream, ComesBackWhateverItsLength) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, chunk_bytes, 3 * chunk_bytes + 7}) {
        const Bytes plain(size, std::byte{7});
        const auto again = unlock(lock(plain));
        ASSERT_TRUE(succeeded(again));
        EXPECT_EQ(*again, plain);
    }
}

TEST_F(LockedStream, OfOnePurposeDoesNotOpenAsOneOfAnother) {
    expect_error(unlock(lock(bytes_of("text")), "tess"), ErrorCode::denied);
}

TEST_F(LockedStream, ShowsEveryFlippedByteAndEveryCut) {
    const Bytes good = lock(bytes_of("text"));
    for (std::size_t i = 0; i < good.size(); ++i) {
        if (i == 20) {
            continue;  // The cost: any other one is tried, and costs what it says.
        }
        Bytes altered = good;
        altered[i] ^= std::byte{1};
        EXPECT_FALSE(unlock(altered).has_value()) << i;
        EXPECT_FALSE(unlock(ByteSpan(good).first(i)).has_value()) << i;
    }
    Bytes longer = good;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(unlock(longer).has_value());
}

TEST_F(LockedStream, RefusesARuinousCostUntried) {
    Bytes costly = lock(bytes_of("text"));
    costly[20] = std::byte{21};
    expect_error(unlock(costly), ErrorCode::malformed);
    costly[20] = std::byte{255};
    expect_error(unlock(costly), ErrorCode::malformed);
}

}  // namespace
}  // namespace heliograph::pki
