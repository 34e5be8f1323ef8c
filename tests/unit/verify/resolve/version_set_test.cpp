// SPDX-License-Identifier: Apache-2.0
#include <verify/resolve/version_set.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::verify {
namespace {

using ::testing::ElementsAre;

TEST(VersionSet, CountsAbsenceAsOneMorePlace) {
    for (const std::size_t versions : {0U, 1U, 63U, 64U, 65U, 127U, 128U, 200U}) {
        const auto none = VersionSet::none(versions);
        const auto any = VersionSet::any(versions);
        EXPECT_TRUE(none.is_empty());
        EXPECT_EQ(any.count(), versions);
        EXPECT_FALSE(any.holds_absent());
        EXPECT_FALSE(any.is_everything());
        EXPECT_TRUE(any.complement().holds_absent());
        EXPECT_EQ(any.complement().count(), 0U);
        EXPECT_TRUE((any | any.complement()).is_everything());
        EXPECT_TRUE((any & any.complement()).is_empty());
        EXPECT_EQ(none.complement().complement(), none);
        EXPECT_TRUE(none.is_within(any));
        EXPECT_EQ(any.places().size(), versions);
    }
}

TEST(VersionSet, HoldsWhatWasAdded) {
    auto set = VersionSet::none(130);
    for (const std::size_t place : {0U, 64U, 129U}) {
        set.add(place);
    }
    EXPECT_THAT(set.places(), ElementsAre(0, 64, 129));
    EXPECT_TRUE(set.holds(64));
    EXPECT_FALSE(set.holds(63));
    EXPECT_FALSE(set.meets(set.complement()));
    EXPECT_FALSE(set.complement().is_within(set));
}

}  // namespace
}  // namespace heliograph::verify
