// SPDX-License-Identifier: Apache-2.0
#include <tests/support/process.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

Command shell(const std::string& script) {
    return {.program = "sh", .arguments = {"-c", script}};
}

TEST(Process, CapturesBothChannelsAndTheExitCode) {
    const Outcome outcome = run(shell("echo good; echo bad >&2; exit 6"));
    EXPECT_EQ(outcome.exit_code, 6);
    EXPECT_EQ(outcome.signal, 0);
    EXPECT_EQ(outcome.output, "good\n");
    EXPECT_EQ(outcome.errors, "bad\n");
}

TEST(Process, PassesArgumentsWithoutAShellBetween) {
    const Outcome outcome =
        run({.program = "printf", .arguments = {"%s|", "a b", "$HOME", "'quoted'"}});
    EXPECT_EQ(outcome.output, "a b|$HOME|'quoted'|");
}

TEST(Process, HidesTheCallersOwnConfigurationAndAddsWhatIsAsked) {
    ASSERT_EQ(::setenv("HELIOGRAPH_PKI", "/elsewhere", 1), 0);
    Command command = shell("echo ${HELIOGRAPH_PKI-none} $ADDED; pwd");
    command.environment = {{"ADDED", "yes"}};
    command.folder = "/";
    EXPECT_EQ(run(command).output, "none yes\n/\n");
    ASSERT_EQ(::unsetenv("HELIOGRAPH_PKI"), 0);
}

TEST(Process, GivesInputAndThenItsEnd) {
    Command command{.program = "cat"};
    command.input = "one\ntwo";
    EXPECT_EQ(run(command).output, "one\ntwo");
}

TEST(Process, ReadsMoreThanAPipeHolds) {
    const Outcome outcome = run(shell("head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2"));
    EXPECT_EQ(outcome.output.size(), 300000U);
    EXPECT_EQ(outcome.errors.size(), 200000U);
}

TEST(Process, WaitsForALineOfAProgramInTheBackground) {
    Process process(shell("echo starting; echo port 4242; exec sleep 600"));
    EXPECT_EQ(process.wait_for_line(Stream::output, "port"), "port 4242");
    EXPECT_EQ(process.said(Stream::errors), "");
}

TEST(Process, StopsByItsProcessId) {
    Process process(shell("echo ready; exec sleep 600"));
    EXPECT_EQ(process.wait_for_line(Stream::output, "ready"), "ready");
    EXPECT_EQ(process.stop().signal, SIGTERM);
    EXPECT_THROW(process.send_signal(SIGTERM), std::runtime_error);
}

TEST(Process, SaysWhatWasHeardWhenALineNeverComes) {
    const Process process(shell("echo something else"));
    try {
        (void)process.wait_for_line(Stream::output, "ready");
        FAIL() << "the line cannot have come";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("something else"));
    }
}

TEST(Process, KillsAProgramThatOutlivesItsPatience) {
    Command command{.program = "sleep", .arguments = {"600"}};
    command.patience = std::chrono::seconds(0);
    EXPECT_THROW((void)run(command), std::runtime_error);
}

TEST(Process, RefusesAProgramThatIsNotThere) {
    EXPECT_THROW((void)run({.program = "/no/such/program"}), std::runtime_error);
}

}  // namespace
}  // namespace heliograph::test_support
