// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress_sink.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace heliograph::tools {
namespace {

using ::testing::HasSubstr;

class Collecting final : public EventSink {
  public:
    void emit(const Event& event) override { names.push_back(event.name); }

    std::vector<std::string> names;
};

Event event(std::string name, std::string field, std::string value) {
    return {.name = std::move(name), .fields = {{std::move(field), std::move(value)}}};
}

const ProgressEvents of_sync = {"sync.plan", "projects", "sync.project.", "project"};

TEST(ProgressSink, DrawsTheFirstStepAndWipesTheBarAtTheEnd) {
    Collecting next;
    ::testing::internal::CaptureStderr();
    {
        ProgressSink sink(next, Progress("sync", ProgressUnit::items), of_sync);
        sink.emit(event("sync.plan", "projects", "12"));
        sink.emit(event("sync.project.stored", "project", "wheel\x1b[2J"));
        sink.finish();
        sink.emit(event("sync.project.stored", "project", "after"));
    }
    const std::string drawn = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(drawn, HasSubstr("wheel\\x1b[2J [##......................] 1 of 12"));
    EXPECT_TRUE(drawn.ends_with("\r\x1b[K"));
    EXPECT_THAT(drawn, ::testing::Not(HasSubstr("after")));
}

TEST(ProgressSink, PassesEveryEventOn) {
    Collecting next;
    ProgressSink sink(next, Progress(), of_sync);
    sink.emit(event("sync.plan", "projects", "not a number"));
    sink.emit(event("other", "a", "b"));
    EXPECT_EQ(next.names, (std::vector<std::string>{"sync.plan", "other"}));
}

}  // namespace
}  // namespace heliograph::tools
