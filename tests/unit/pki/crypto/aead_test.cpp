// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/aead.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/crypto/vector_file.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

GcmNonce nonce_of(const JsonValue& vector) {
    GcmNonce nonce{};
    const Bytes bytes = test_vectors::bytes(vector, "iv");
    std::copy(bytes.begin(), bytes.end(), nonce.begin());
    return nonce;
}

TEST(AesGcmVectors, OpenExactlyWhereTheyShould) {
    std::size_t seen = 0;
    for (const JsonValue& vector : test_vectors::read("wycheproof_primitives/aes_gcm")) {
        SCOPED_TRACE(test_vectors::title(vector));
        auto cipher = AesGcm::with_key(test_vectors::secret(vector, "key"));
        ASSERT_TRUE(succeeded(cipher));
        Bytes sealed = test_vectors::bytes(vector, "ct");
        const Bytes tag = test_vectors::bytes(vector, "tag");
        sealed.insert(sealed.end(), tag.begin(), tag.end());
        const Bytes aad = test_vectors::bytes(vector, "aad");
        const auto opened = cipher->open(nonce_of(vector), sealed, AssociatedData(aad));
        ASSERT_TRUE(succeeded(opened));
        const bool valid = test_vectors::text(vector, "result") == "valid";
        EXPECT_EQ(opened->has_value(), valid);
        if (valid) {
            const Bytes message = test_vectors::bytes(vector, "msg");
            EXPECT_EQ(test_vectors::shown(**opened), message);
            const auto again = cipher->seal(nonce_of(vector), message, AssociatedData(aad));
            ASSERT_TRUE(succeeded(again));
            EXPECT_EQ(*again, sealed);
        }
        ++seen;
    }
    EXPECT_EQ(seen, 133U);
}

TEST(AesGcmText, ShowsEveryFlippedBitAndEveryTruncation) {
    auto cipher = AesGcm::with_key(SecretBytes(bytes_of("0123456789abcdef"))).value();
    const AssociatedData aad(bytes_of("about"));
    const Bytes sealed = cipher.seal(GcmNonce{}, bytes_of("a message"), aad).value();
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        Bytes altered = sealed;
        altered[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        EXPECT_FALSE(cipher.open(GcmNonce{}, altered, aad).value().has_value()) << bit;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        EXPECT_FALSE(cipher.open(GcmNonce{}, ByteSpan(sealed).first(size), aad).value().has_value()
        );
    }
    EXPECT_FALSE(
        cipher.open(GcmNonce{}, sealed, AssociatedData(bytes_of("other"))).value().has_value()
    );
    EXPECT_FALSE(cipher.open(GcmNonce{std::byte{1}}, sealed, aad).value().has_value());
}

TEST(AesGcmKey, HasOneOfTwoLengths) {
    for (const std::size_t size : {0U, 15U, 17U, 24U, 33U}) {
        expect_error(AesGcm::with_key(SecretBytes(size)), ErrorCode::invalid_argument);
    }
    EXPECT_TRUE(succeeded(AesGcm::with_key(SecretBytes(16))));
    EXPECT_TRUE(succeeded(AesGcm::with_key(SecretBytes(32))));
}

}  // namespace
}  // namespace heliograph::pki
