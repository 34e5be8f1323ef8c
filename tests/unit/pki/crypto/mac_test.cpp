// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/mac.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/crypto/vector_file.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using test::succeeded;

TEST(Hmac, AgreesWithThePublishedVectors) {
    std::size_t right = 0;
    for (const JsonValue& vector : test_vectors::read("wycheproof_primitives/hmac_sha256")) {
        const auto mac =
            hmac_sha256(test_vectors::secret(vector, "key"), test_vectors::bytes(vector, "msg"));
        ASSERT_TRUE(succeeded(mac));
        const bool same = equal_in_constant_time(*mac, test_vectors::bytes(vector, "tag"));
        EXPECT_EQ(same, test_vectors::text(vector, "result") == "valid")
            << test_vectors::title(vector);
        ++right;
    }
    EXPECT_EQ(right, 87U);
}

TEST(Hmac, TakesAnEmptyKeyAndAnEmptyMessage) {
    const auto mac = hmac_sha256(SecretBytes(), {});
    ASSERT_TRUE(succeeded(mac));
    EXPECT_EQ(encode_hex(*mac), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

}  // namespace
}  // namespace heliograph::pki
