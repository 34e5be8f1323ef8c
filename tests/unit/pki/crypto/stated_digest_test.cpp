// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/stated_digest.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <string>
#include <vector>

namespace heliograph::pki {
namespace {

struct Known {
    std::size_t size;
    const char* blake2b;
    const char* md5;
};

// Of the bytes 0, 1, ... 250, 0, 1...; by Python's hashlib, whose BLAKE2b is its authors' own.
const std::vector<Known> known{
    {0,
     "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
     "d41d8cd98f00b204e9800998ecf8427e"},
    {1,
     "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314",
     "93b885adfe0da089cdf634904fd59f71"},
    {127,
     "f2fe67ff342e21b8f45e8f2e0bcd1d9243245d50ee6c78042e9c491388791c72",
     "8402b21e7bc7906493bae0dac017f1f9"},
    {128,
     "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1",
     "37eff01866ba3f538421b30b7cbefcac"},
    {129,
     "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9",
     "46f986692847558fc38b0cece591c20f"},
    {256,
     "582f782226018ec33076bd8d1c42413530ac7e1126260ffc0f306ba3befc3f24",
     "f37caf20c55a8b74b224b3164409ad2d"},
    {1000,
     "b372d0608f720c8c3dd41e9c8eecb10143b41abe520b616607e754bf79c08331",
     "a24f1e3ef66950e1327f210e3997ba2c"}};

TEST(StatedDigest, IsThatOfOtherImplementationsHoweverThePiecesFall) {
    Bytes bytes;
    for (unsigned at = 0; at < 1000; ++at) {
        bytes.push_back(static_cast<std::byte>(at % 251));
    }
    Blake2bHasher blake2b;
    Md5Hasher md5;
    for (const std::size_t step : {1U, 37U, 128U, 1000U}) {
        for (const auto& one : known) {
            for (std::size_t at = 0; at < one.size; at += step) {
                const auto piece = ByteSpan(bytes).subspan(at, std::min(step, one.size - at));
                blake2b.update(piece);
                md5.update(piece);
            }
            EXPECT_EQ(blake2b.finish_hex(), one.blake2b) << one.size << " by " << step;
            EXPECT_EQ(md5.finish_hex(), one.md5) << one.size << " by " << step;
        }
    }
}

// The rules of such a machine, as OpenSSL is told of them; uploads go on without MD5.
TEST(StatedDigest, HasNoMd5WhereThePolicyHasNone) {
    ASSERT_EQ(EVP_set_default_properties(nullptr, "fips=yes"), 1);
    Md5Hasher none;
    ASSERT_EQ(EVP_set_default_properties(nullptr, ""), 1);
    none.update(bytes_of("x"));
    EXPECT_EQ(none.finish_hex(), std::nullopt);
    Md5Hasher md5;
    EXPECT_EQ(md5.finish_hex(), known.front().md5);
}

}  // namespace
}  // namespace heliograph::pki
