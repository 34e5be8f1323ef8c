// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/prepared.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

std::shared_ptr<const Prepared> sized(std::size_t bytes) {
    return std::make_shared<const Prepared>(Prepared{
        "\"x\"",
        std::make_shared<const std::string>(),
        BytesBody{std::make_shared<const Bytes>(bytes)}});
}

TEST(PreparedCache, KeepsUntilTheCatalogueChanges) {
    PreparedCache cache(100'000);
    cache.follow(7);
    cache.keep("a", sized(10));
    cache.follow(7);
    EXPECT_NE(cache.find("a"), nullptr);
    EXPECT_EQ(cache.find("b"), nullptr);
    cache.follow(8);
    EXPECT_EQ(cache.find("a"), nullptr);
    EXPECT_EQ(cache.size_bytes(), 0U);
}

TEST(PreparedCache, DropsTheLeastRecentlyUsedAtItsLimit) {
    PreparedCache cache(100'000);
    for (const char* key : {"a", "b", "c", "d"}) {
        cache.keep(key, sized(20'000));
    }
    EXPECT_NE(cache.find("a"), nullptr);
    cache.keep("e", sized(20'000));
    EXPECT_NE(cache.find("a"), nullptr);
    EXPECT_EQ(cache.find("b"), nullptr);
    EXPECT_NE(cache.find("e"), nullptr);
    EXPECT_LE(cache.size_bytes(), 100'000U);
}

TEST(PreparedCache, StaysBoundedWhateverItIsGiven) {
    PreparedCache cache(100'000);
    for (int i = 0; i < 10'000; ++i) {
        cache.keep(std::to_string(i), sized(static_cast<std::size_t>(i % 3000) * 10));
        ASSERT_LE(cache.size_bytes(), 100'000U);
    }
    cache.keep("huge", sized(26'000));
    EXPECT_EQ(cache.find("huge"), nullptr) << "a quarter of the limit is the most for one";
}

}  // namespace
}  // namespace heliograph::mirror
