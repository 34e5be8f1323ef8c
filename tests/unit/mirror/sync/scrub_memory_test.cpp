// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/scrub_memory.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using Keep = ScrubMemory::Keep;
using test::succeeded;

SoundFact fact(std::string_view of) {
    return fact_of(pki::sha256(bytes_of(of)));
}

// A disk may alter bytes and leave their times alone: the old fact would say sound for ever.
TEST(ScrubMemory, ForgetsWhatASampleFoundDamaged) {
    const test::TempFolder folder;
    const auto path = folder / "checked.bin";
    ScrubMemory first;
    first.remember(fact("sound"));
    first.remember(fact("rotten"));
    ASSERT_TRUE(succeeded(first.save(path, Keep::remembered)));

    auto second = ScrubMemory::load(path);
    ASSERT_TRUE(second.knows(fact("rotten")));
    second.forget(fact("rotten"));
    ASSERT_TRUE(succeeded(second.save(path, Keep::known_and_remembered)));

    const auto third = ScrubMemory::load(path);
    EXPECT_TRUE(third.knows(fact("sound")));
    EXPECT_FALSE(third.knows(fact("rotten")));
}

}  // namespace
}  // namespace heliograph::mirror
