// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/plan.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using Reuse = ProjectTask::Reuse;

ProjectTask task(std::uint64_t wanted, Reuse reuse) {
    ProjectTask task{
        .project = verify::parse_normalised_name("demo").value(),
        .wanted = {wanted},
        .digests = {}};
    task.reuse = reuse;
    return task;
}

// A journal repeats after a kill what the plan of a rollover wants fetched anew.
TEST(TaskList, FetchesAnewWhatOneOfTwoWantsAnew) {
    for (const std::uint64_t second : {4U, 5U, 6U}) {
        for (const bool first_refuses : {false, true}) {
            TaskList list;
            list.add(task(5, first_refuses ? Reuse::refused : Reuse::allowed));
            list.add(task(second, first_refuses ? Reuse::allowed : Reuse::refused));
            const auto tasks = list.take();
            ASSERT_EQ(tasks.size(), 1U);
            EXPECT_EQ(tasks[0].wanted.value, std::max<std::uint64_t>(5, second));
            EXPECT_EQ(tasks[0].reuse, Reuse::refused);
        }
    }
}

}  // namespace
}  // namespace heliograph::mirror
