// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/list_merge.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

ListedMirror named(const std::string& host, MirrorOrigin origin, unsigned priority = 0) {
    return {
        .url = Url::parse("https://" + host + "/").value(),
        .priority = priority,
        .region = {},
        .origin = origin};
}

std::vector<std::string> hosts_of(const MergedList& merged) {
    std::vector<std::string> hosts;
    for (const auto& mirror : merged.list.mirrors) {
        hosts.push_back(mirror.url.host());
    }
    return hosts;
}

TEST(ListMerge, PutsTheUsersOwnBeforeProposals) {
    const auto merged = merge_lists(
        {.own = {named("b", MirrorOrigin::file)},
         .proposed = {named("a", MirrorOrigin::url), named("b", MirrorOrigin::url)}}
    );
    ASSERT_TRUE(test::succeeded(merged));
    EXPECT_EQ(hosts_of(*merged), (std::vector<std::string>{"b", "a"}));
    EXPECT_EQ(merged->list.mirrors[0].origin, MirrorOrigin::file);
}

TEST(ListMerge, LeavesOutWhatTheSignedListDoesNotHold) {
    const auto merged = merge_lists(
        {.own = {named("mine", MirrorOrigin::file)},
         .decided = std::vector{named("good", MirrorOrigin::signed_list, 3)},
         .proposed = {named("evil", MirrorOrigin::dns), named("good", MirrorOrigin::dns, 0)}}
    );
    ASSERT_TRUE(test::succeeded(merged));
    EXPECT_EQ(hosts_of(*merged), (std::vector<std::string>{"mine", "good"}));
    ASSERT_EQ(merged->left_out.size(), 1U);
    EXPECT_EQ(merged->left_out[0].host(), "evil");
    EXPECT_EQ(merged->list.mirrors[1].priority, 3U);
}

TEST(ListMerge, BelievesTheSignedListAboutAMirrorThatTheUserNamed) {
    const auto merged = merge_lists(
        {.own = {named("both", MirrorOrigin::file, 1)},
         .decided = std::vector{named("both", MirrorOrigin::signed_list, 9)},
         .proposed = {}}
    );
    ASSERT_TRUE(test::succeeded(merged));
    ASSERT_EQ(merged->list.mirrors.size(), 1U);
    EXPECT_EQ(merged->list.mirrors[0].priority, 9U);
    EXPECT_EQ(merged->list.mirrors[0].origin, MirrorOrigin::signed_list);
}

TEST(ListMerge, RefusesToEndWithNobodyToAsk) {
    heliograph::test::expect_error(merge_lists({}), ErrorCode::not_found);
}

}  // namespace
}  // namespace heliograph::mirror
