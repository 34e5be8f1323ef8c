// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/hkdf.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/crypto/vector_file.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

struct Suite {
    HkdfHash hash;
    const char* file;
};

class Hkdf : public testing::TestWithParam<Suite> {};

TEST_P(Hkdf, AgreesWithThePublishedVectorsInOneStepAndInTwo) {
    const HkdfHash hash = GetParam().hash;
    std::size_t right = 0;
    for (const JsonValue& vector : test_vectors::read(GetParam().file)) {
        SCOPED_TRACE(test_vectors::title(vector));
        const SecretBytes secret = test_vectors::secret(vector, "ikm");
        const Bytes salt = test_vectors::bytes(vector, "salt");
        const Bytes info = test_vectors::bytes(vector, "info");
        const auto size = static_cast<std::size_t>(test_vectors::number(vector, "size"));
        const auto derived = hkdf(hash, secret, HkdfSalt(salt), HkdfInfo(info), size);
        if (test_vectors::text(vector, "result") != "valid") {
            expect_error(derived, ErrorCode::invalid_argument);
            continue;
        }
        ASSERT_TRUE(succeeded(derived));
        EXPECT_EQ(test_vectors::shown(*derived), test_vectors::bytes(vector, "okm"));
        const auto extracted = hkdf_extract(hash, secret, HkdfSalt(salt));
        ASSERT_TRUE(succeeded(extracted));
        const auto expanded = hkdf_expand(hash, *extracted, HkdfInfo(info), size);
        ASSERT_TRUE(succeeded(expanded));
        EXPECT_EQ(test_vectors::shown(*expanded), test_vectors::shown(*derived));
        ++right;
    }
    EXPECT_GE(right, 78U);
}

INSTANTIATE_TEST_SUITE_P(
    Hashes,
    Hkdf,
    testing::Values(
        Suite{HkdfHash::sha256, "wycheproof_primitives/hkdf_sha256"},
        Suite{HkdfHash::sha512, "wycheproof_primitives/hkdf_sha512"}
    )
);

TEST(HkdfSizes, AreRefusedWhenTheyCannotBeMeant) {
    const SecretBytes secret(32);
    const auto derive = [&secret](std::size_t info_bytes, std::size_t size_bytes) {
        const Bytes info(info_bytes);
        return hkdf(HkdfHash::sha256, secret, HkdfSalt({}), HkdfInfo(info), size_bytes);
    };
    EXPECT_TRUE(succeeded(derive(1024, 255 * 32)));
    expect_error(derive(1025, 32), ErrorCode::invalid_argument);
    expect_error(derive(0, 0), ErrorCode::invalid_argument);
    expect_error(derive(0, 255 * 32 + 1), ErrorCode::invalid_argument);
    expect_error(
        hkdf(HkdfHash::sha256, SecretBytes(), HkdfSalt({}), HkdfInfo({}), 32),
        ErrorCode::invalid_argument
    );
}

}  // namespace
}  // namespace heliograph::pki
