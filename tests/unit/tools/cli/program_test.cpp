// SPDX-License-Identifier: Apache-2.0
#include <tests/support/temp_folder.hpp>
#include <tools/cli/program.hpp>

#include <CLI/App.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <vector>

namespace heliograph::tools {
namespace {

using ::testing::HasSubstr;

struct Run {
    int exit_code;
    std::string output;
    std::string errors;
};

// A program with one verb that says where it works.
Run run_program(const std::vector<const char*>& arguments, Action action = {}) {
    Program program({"index", "Keep an index.", ""});
    auto folder = std::make_shared<std::string>("nowhere");
    auto& verb = program.add_verb(
        program.root(), {"sync", "Follow another index.", "index sync --dir /srv/index"}
    );
    verb.add_option("--dir", *folder, "Where the index lives")->envname("HELIOGRAPH_TEST_DIR");
    program.set_action(verb, [folder, action](Console& console) -> Result<ExitCode> {
        if (action) {
            return action(console);
        }
        console.say("at " + *folder);
        console.present(JsonObject{{"dir", *folder}});
        return ExitCode::done;
    });
    std::vector<const char*> argv = {"index"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int exit_code = program.run(static_cast<int>(argv.size()), argv.data());
    return {
        exit_code,
        ::testing::internal::GetCapturedStdout(),
        ::testing::internal::GetCapturedStderr()};
}

class Configuration : public ::testing::Test {
  protected:
    void SetUp() override {
        ::setenv("XDG_CONFIG_HOME", m_folder.path().c_str(), 1);
        std::filesystem::create_directory(m_folder / "heliograph");
        ::unsetenv("HELIOGRAPH_TEST_DIR");
    }
    void TearDown() override {
        ::unsetenv("XDG_CONFIG_HOME");
        ::unsetenv("HELIOGRAPH_TEST_DIR");
    }
    void write_file(const std::string& text) {
        std::ofstream(m_folder.path() / "heliograph" / "index.toml") << text;
    }

    test::TempFolder m_folder;
};

TEST_F(Configuration, IsTakenFromFlagThenEnvironmentThenFile) {
    EXPECT_EQ(run_program({"sync"}).output, "at nowhere\n");
    write_file("[sync]\ndir = \"file\"\n");
    EXPECT_EQ(run_program({"sync"}).output, "at file\n");
    ::setenv("HELIOGRAPH_TEST_DIR", "environment", 1);
    EXPECT_EQ(run_program({"sync"}).output, "at environment\n");
    EXPECT_EQ(run_program({"sync", "--dir", "flag"}).output, "at flag\n");
}

TEST_F(Configuration, WithAnUnknownNameIsAUsageError) {
    write_file("[sync]\ndri = \"typo\"\n");
    const auto run = run_program({"sync"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.errors, HasSubstr("dri"));
    EXPECT_THAT(run.errors, HasSubstr("index.toml"));
    write_file("dri = \"typo\"\n");
    EXPECT_EQ(run_program({"sync"}).exit_code, 2);
}

TEST_F(Configuration, ThatIsNamedMustExist) {
    EXPECT_EQ(run_program({"--config", "/no/such/file.toml", "sync"}).exit_code, 2);
}

void add_walk(Program& program) {
    auto& verb = program.add_verb(program.root(), {"walk", "Walk.", ""});
    program.set_action(verb, [&program](Console& console) -> Result<ExitCode> {
        console.say(std::to_string(program.root().get_subcommands(nullptr).size()) + " verbs");
        return ExitCode::done;
    });
}

void add_rest(Program& program) {
    auto& verb = program.add_verb(program.root(), {"rest", "Rest.", ""});
    verb.add_option("--hours", "For how long");
    program.set_action(verb, [](Console&) -> Result<ExitCode> { return ExitCode::done; });
}

Run run_verbs(std::vector<const char*> arguments) {
    Program program({"index", "Keep an index.", ""});
    arguments.insert(arguments.begin(), "index");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int exit_code = program.run(
        {{"walk", add_walk}, {"rest", add_rest}},
        static_cast<int>(arguments.size()),
        arguments.data()
    );
    return {
        exit_code,
        ::testing::internal::GetCapturedStdout(),
        ::testing::internal::GetCapturedStderr()};
}

TEST_F(Configuration, AboveAllSectionsHoldsForEveryVerbWithSuchAnOption) {
    write_file("dir = \"common\"\n");
    EXPECT_EQ(run_program({"sync"}).output, "at common\n");
    EXPECT_EQ(run_program({"sync", "--dir", "flag"}).output, "at flag\n");
    ::setenv("HELIOGRAPH_TEST_DIR", "environment", 1);
    EXPECT_EQ(run_program({"sync"}).output, "at environment\n");
    ::unsetenv("HELIOGRAPH_TEST_DIR");
    write_file("dir = \"common\"\n[sync]\ndir = \"own\"\n");
    EXPECT_EQ(run_program({"sync"}).output, "at own\n") << "the verb's section goes before it";
    write_file("hours = \"8\"\n");
    EXPECT_EQ(run_verbs({"walk"}).exit_code, 0) << "another verb's option";
}

TEST_F(Configuration, MayHaveASectionForAVerbThatWasNotAskedFor) {
    EXPECT_EQ(run_verbs({"walk"}).output, "1 verbs\n");
    write_file("[rest]\nhours = \"8\"\n");
    EXPECT_EQ(run_verbs({"walk"}).output, "2 verbs\n");
    const std::string named = (m_folder.path() / "heliograph" / "index.toml").string();
    ::setenv("XDG_CONFIG_HOME", "/no/such/folder", 1);
    EXPECT_EQ(run_verbs({"walk", "--config", named.c_str()}).output, "2 verbs\n");
    EXPECT_EQ(run_verbs({"walk", ("--config=" + named).c_str()}).output, "2 verbs\n");
}

// One whose options need and exclude each other: --hook needs --watch, which excludes --once.
Run run_choice(std::vector<const char*> arguments) {
    Program program({"index", "Keep an index.", ""});
    auto& verb = program.add_verb(program.root(), {"look", "Look.", ""});
    auto* const watch = verb.add_flag("--watch");
    verb.add_flag("--once")->excludes(watch)->envname("HELIOGRAPH_TEST_DIR");
    verb.add_option("--hook")->needs(watch);
    program.set_action(verb, [&verb](Console& console) -> Result<ExitCode> {
        for (const char* const flag : {"--watch", "--once", "--hook"}) {
            console.say(flag + std::string(verb.count(flag) > 0 ? " yes" : " no"));
        }
        return ExitCode::done;
    });
    arguments.insert(arguments.begin(), {"index", "look"});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int exit_code = program.run(static_cast<int>(arguments.size()), arguments.data());
    return {
        exit_code,
        ::testing::internal::GetCapturedStdout(),
        ::testing::internal::GetCapturedStderr()};
}

TEST_F(Configuration, DefaultsThatHaveNoUseForACommandArePassedOver) {
    write_file("[look]\nhook = \"h\"\n");
    EXPECT_EQ(run_choice({}).output, "--watch no\n--once no\n--hook no\n");
    EXPECT_EQ(run_choice({"--watch"}).output, "--watch yes\n--once no\n--hook yes\n");
    write_file("watch = true\n[look]\nhook = \"h\"\n");
    EXPECT_EQ(run_choice({}).output, "--watch yes\n--once no\n--hook yes\n");
    EXPECT_EQ(run_choice({"--once"}).output, "--watch no\n--once yes\n--hook no\n")
        << "what was typed takes --watch away, and that --hook";
    ::setenv("HELIOGRAPH_TEST_DIR", "true", 1);
    EXPECT_EQ(run_choice({}).output, "--watch no\n--once yes\n--hook no\n");
}

TEST_F(Configuration, WhatWasTypedOrContradictsItselfIsRefusedAsEver) {
    write_file("[look]\nonce = true\n");
    EXPECT_EQ(run_choice({"--hook", "h"}).exit_code, 2);
    EXPECT_EQ(run_choice({"--watch", "--once"}).exit_code, 2);
    write_file("[look]\nonce = true\nwatch = true\n");
    EXPECT_EQ(run_choice({}).exit_code, 2) << "no run can mean both";
}

TEST_F(Configuration, IsNotNeededToSeeEveryVerb) {
    EXPECT_EQ(run_verbs({"--quiet", "walk"}).exit_code, 0);
    EXPECT_THAT(run_verbs({"--help"}).output, HasSubstr("rest"));
    EXPECT_THAT(run_verbs({"walk", "--generate", "man"}).output, HasSubstr("rest"));
    EXPECT_EQ(run_verbs({"wlak"}).exit_code, 2);
    EXPECT_EQ(run_verbs({}).exit_code, 2);
}

TEST(Program, SaysWhichVerbsThereAreInPlaceOfAnUnknownOne) {
    const auto near = run_program({"snyc", "here"});
    EXPECT_EQ(near.exit_code, 2);
    EXPECT_THAT(near.errors, HasSubstr("expected index and one of sync, saw 'snyc'"));
    EXPECT_THAT(near.errors, HasSubstr("perhaps index sync is meant"));
    const auto far = run_program({"publish"});
    EXPECT_THAT(far.errors, testing::Not(HasSubstr("perhaps")));
    const auto more = run_program({"sync", "one", "two"});
    EXPECT_THAT(more.errors, HasSubstr("expected what index sync takes, saw 'one'"));
}

TEST(Program, GroupsOfVerbsShowAnExampleOfEach) {
    Program program({"index", "Keep an index.", ""});
    auto& group = program.add_verb(program.root(), {"token", "Handle tokens.", ""});
    program.add_verb(group, {"new", "Make one.", "index token new a\nindex token new b"});
    program.add_verb(group, {"list", "List them.", "index token list"});
    EXPECT_THAT(
        group.get_footer(), HasSubstr("Examples:\n  index token new a\n  index token list\n\n")
    );
}

TEST(Program, TakesCommonFlagsBehindTheVerb) {
    EXPECT_EQ(run_program({"sync", "--dir", "d", "--json"}).output, "{\n  \"dir\": \"d\"\n}\n");
    EXPECT_EQ(run_program({"sync", "--quiet"}).output, "");
}

TEST(Program, SaysWhatAUsageErrorIsAndWhereToLook) {
    const auto run = run_program({"sync", "--no-such-flag"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_EQ(run.output, "");
    EXPECT_THAT(run.errors, HasSubstr("error: "));
    EXPECT_THAT(run.errors, HasSubstr("index sync --help"));
    EXPECT_EQ(run_program({}).exit_code, 2);
}

TEST(Program, TurnsAnErrorIntoASentenceACodeAndADocument) {
    const Action failing = [](Console&) -> Result<ExitCode> {
        return Error(ErrorCode::not_found, "no project of that name").at("/srv/index");
    };
    const auto text = run_program({"sync"}, failing);
    EXPECT_EQ(text.exit_code, 3);
    EXPECT_EQ(text.output, "");
    EXPECT_EQ(text.errors, "error: no project of that name (in /srv/index)\n");
    const auto json = run_program({"sync", "--json"}, failing);
    EXPECT_THAT(json.output, HasSubstr("\"code\": \"not_found\""));
    EXPECT_THAT(json.output, HasSubstr("\"exit_code\": 3"));
}

TEST(Program, KeepsEscapeSequencesFromTheTerminal) {
    const auto run = run_program({"sync"}, [](Console& console) -> Result<ExitCode> {
        console.say("evil \x1b[2J name");
        return ExitCode::done;
    });
    EXPECT_EQ(run.output, "evil \\x1b[2J name\n");
}

TEST(Program, PrintsHelpWithExamplesAndExitCodes) {
    const auto run = run_program({"sync", "--help"});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.output, HasSubstr("index sync --dir /srv/index"));
    EXPECT_THAT(run.output, HasSubstr("Exit codes:"));
}

TEST(Program, GeneratesManualPageAndCompletionsFromTheSameTree) {
    for (const auto* kind : {"man", "bash", "zsh", "fish"}) {
        const auto run = run_program({"--generate", kind});
        EXPECT_EQ(run.exit_code, 0) << kind;
        EXPECT_THAT(run.output, HasSubstr("sync")) << kind;
        EXPECT_THAT(run.output, HasSubstr(std::string_view(kind) == "man" ? "\\-\\-dir" : "dir"))
            << kind;
    }
}

}  // namespace
}  // namespace heliograph::tools
