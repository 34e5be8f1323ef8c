// SPDX-License-Identifier: Apache-2.0
// Commands behind `verify exec --confine`: as root, as a user without rights, and where the system
// forbids networks of one's own.
#include <pki/base/json.hpp>
#include <tests/integration/adversary.hpp>
#include <tests/support/scripted_server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Asks the index, then dials what the command line names; says what came of it.
constexpr auto asks_and_dials = R"(
import errno, os, socket, sys, urllib.request
page = urllib.request.urlopen(os.environ["PIP_INDEX_URL"] + "sample/").read()
print("index:", b"sample-" in page)
for address, port in (("127.0.0.1", int(sys.argv[1])), ("192.0.2.1", 443)):
    try:
        socket.create_connection((address, port), timeout=5).close()
        print(address, "reached")
    except OSError as error:
        print(address, errno.errorcode.get(error.errno, error))
print("user", os.getuid(), os.getgid())
)";

// ThreadSanitizer has a thread of its own in every process, in a forked one too, and none with two
// threads may enter a user namespace (unshare(2)).
#if defined(__SANITIZE_THREAD__)
constexpr bool has_one_thread = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool has_one_thread = false;
#else
constexpr bool has_one_thread = true;
#endif
#else
constexpr bool has_one_thread = true;
#endif

class VerifyConfined : public AdversaryTest {
  protected:
    /// Whether this system lets users make networks of their own. Where it does not, that is what
    /// has to be told.
    static bool is_allowed() {
        static const bool allowed =
            has_one_thread &&
            run({.program = "unshare", .arguments = {"-rn", "true"}}).exit_code == 0;
        return allowed;
    }

    [[nodiscard]] Command exec(
        const std::vector<std::string>& options, const std::vector<std::string>& words
    ) {
        std::ofstream(m_house / "list.txt") << m_master->url() << "\n";
        std::vector<std::string> arguments{
            "exec", "--mirrors", "list.txt", "--trust", "trust.json"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        arguments.emplace_back("--");
        arguments.insert(arguments.end(), words.begin(), words.end());
        return m_house.command("verify", arguments);
    }

    [[nodiscard]] Command exec_dialling(const std::string& option) {
        return exec({option}, {"python3", "-c", asks_and_dials, std::to_string(m_other.port())});
    }

    /// The same command started by @p words, which end as it begins.
    static Command behind(std::vector<std::string> words, Command command) {
        words.push_back(command.program);
        words.insert(words.end(), command.arguments.begin(), command.arguments.end());
        command.program = words.front();
        command.arguments.assign(words.begin() + 1, words.end());
        return command;
    }

    void expect_confined(const Outcome& outcome) const {
        if (!is_allowed()) {
            EXPECT_EQ(outcome.exit_code, 77) << outcome.errors;
            return;
        }
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
        EXPECT_THAT(
            outcome.output,
            AllOf(
                HasSubstr("index: True"),
                HasSubstr("127.0.0.1 ECONNREFUSED"),
                HasSubstr("192.0.2.1 ENETUNREACH")
            )
        );
        EXPECT_THAT(outcome.errors, HasSubstr("verified 1 page"));
        EXPECT_EQ(m_other.connections(), 0U);
    }

    /// A service of this machine that has nothing to do with the index.
    ScriptedServer m_other{Greeting::http};
};

TEST_F(VerifyConfined, ReachTheProxyAndNobodyElse) {
    const auto outcome = run(exec_dialling("--confine=required"));
    expect_confined(outcome);
    const std::string user = std::to_string(::getuid()) + " " + std::to_string(::getgid());
    EXPECT_THAT(outcome.output, HasSubstr(is_allowed() ? "user " + user : ""));
    EXPECT_THAT(
        run(exec({}, {"python3", "-c", asks_and_dials, std::to_string(m_other.port())})).output,
        HasSubstr("127.0.0.1 reached")
    );
}

TEST_F(VerifyConfined, NeedNoRightsOfRoot) {
    const std::vector<std::string> as_user{
        "unshare", "--user", "--map-user=1234", "--map-group=1234"};
    const auto outcome = run(behind(as_user, exec_dialling("--confine=required")));
    if (is_allowed()) {
        expect_confined(outcome);
        EXPECT_THAT(outcome.output, HasSubstr("user 1234 1234"));
    }
}

TEST_F(VerifyConfined, RunAllTheSameWithAWarningWhereItIsForbiddenUnlessItIsRequired) {
    // The limit is that of a namespace of the test's own.
    const std::vector<std::string> where_forbidden{
        "unshare",
        "-r",
        "sh",
        "-c",
        "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"",
        "sh"};
    const auto limited = [&](Command command) {
        return run(is_allowed() ? behind(where_forbidden, std::move(command)) : command);
    };
    const auto warned = limited(exec_dialling("--confine"));
    EXPECT_EQ(warned.exit_code, 0) << warned.errors;
    EXPECT_THAT(
        warned.errors,
        AllOf(
            HasSubstr("warning: the command is not confined and may reach any address"),
            HasSubstr("user.max_user_namespaces")
        )
    );
    EXPECT_THAT(warned.output, HasSubstr("127.0.0.1 reached"));
    const auto marker = m_house / "started";
    const auto refused = limited(exec({"--confine=required"}, {"touch", marker}));
    EXPECT_EQ(refused.exit_code, 77) << refused.errors;
    EXPECT_FALSE(std::filesystem::exists(marker));
}

TEST_F(VerifyConfined, EndAsTheyWouldOtherwise) {
    EXPECT_EQ(run(exec({"--confine"}, {"sh", "-c", "exit 7"})).exit_code, 7);
    EXPECT_EQ(run(exec({"--confine"}, {"sh", "-c", "kill -9 $$"})).exit_code, 128 + SIGKILL);
    const auto absent = run(exec({"--confine"}, {"no-such-program"}));
    EXPECT_EQ(absent.exit_code, 73);
    EXPECT_THAT(absent.errors, HasSubstr("no-such-program"));
    EXPECT_EQ(run(exec({"--confine=sometimes"}, {"true"})).exit_code, 2);
    const auto json = run(exec({"--confine", "--json"}, {"sh", "-c", "echo said; exit 3"}));
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_THAT(json.errors, HasSubstr("said\n"));
    const auto document = parse_json(json.output, JsonLimits{});
    ASSERT_TRUE(document) << json.output;
    EXPECT_EQ(*document->find("confined")->if_boolean(), is_allowed());
    Process process(exec(
        {"--confine"},
        {"sh", "-c", "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.01; done"}
    ));
    (void)process.wait_for_line(Stream::output, "ready");
    process.send_signal(SIGTERM);
    EXPECT_EQ(process.wait().exit_code, 9);
}

}  // namespace
}  // namespace heliograph::test_support
