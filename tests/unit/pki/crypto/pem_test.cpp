// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/pem.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

TEST(Pem, RendersWhatItReads) {
    for (const std::size_t size : {0U, 1U, 47U, 48U, 49U, 1000U}) {
        const Bytes der(size, std::byte{0x5a});
        const std::string pem = render_pem("CERTIFICATE", der);
        PemReader reader(pem);
        const auto block = reader.next();
        ASSERT_TRUE(succeeded(block));
        ASSERT_TRUE(block->has_value());
        EXPECT_EQ((*block)->label, "CERTIFICATE");
        const auto decoded = (*block)->decode();
        ASSERT_TRUE(succeeded(decoded));
        EXPECT_EQ(*decoded, der);
    }
}

TEST(Pem, PassesOverTextBetweenBlocksAndKnowsCrlf) {
    PemReader reader(
        "subject: x\r\n-----BEGIN A-----\r\nAAAA\r\n-----END A-----\r\ntext -----BEGIN X-----\n"
        "-----BEGIN B C-----\nBBBB\n-----END B C-----"
    );
    const auto first = reader.next();
    ASSERT_TRUE(succeeded(first));
    EXPECT_EQ((*first)->label, "A");
    EXPECT_TRUE(succeeded((*first)->decode()));
    const auto second = reader.next();
    ASSERT_TRUE(succeeded(second));
    EXPECT_EQ((*second)->label, "B C");
    const auto third = reader.next();
    ASSERT_TRUE(succeeded(third));
    EXPECT_FALSE(third->has_value());
}

TEST(Pem, RefusesBlocksWithoutEndOrLabel) {
    for (const char* bad :
         {"-----BEGIN A-----\nAAAA\n",
          "-----BEGIN A-----\nAAAA\n-----END B-----\n",
          "-----BEGIN -----\nAAAA\n-----END -----\n",
          "-----BEGIN a-----\nAAAA\n-----END a-----\n",
          "-----BEGIN A",
          "-----BEGIN A-----\nAAAA -----END A-----\n"}) {
        PemReader reader(bad);
        expect_error(reader.next(), ErrorCode::malformed);
    }
}

TEST(Pem, RefusesHeadersSpacesAndBrokenBase64) {
    for (const char* body :
         {"Proc-Type: 4,ENCRYPTED\n\nAAAA\n", "AA AA\n", "AAA\n", "A===\n", "\x01\n"}) {
        expect_error((PemBlock{"A", body}.decode()), ErrorCode::malformed);
    }
}

}  // namespace
}  // namespace heliograph::pki
