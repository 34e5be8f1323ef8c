// SPDX-License-Identifier: Apache-2.0
// Renewals through the program pki, and those who are told of them.
#include <tests/integration/pki_life.hpp>

#include <csignal>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(PkiLifecycle, RenewsWhatIsDueAndRunsTheHook) {
    must({"init"});
    must({"issue", "server", "localhost", "--days", "1"});
    must({"issue", "client", "laptop"});
    const fs::path note = m_temp / "note";
    const Outcome renewed = must(
        {"renew",
         "--due",
         "--within",
         "1000/1000",
         "--exec",
         "echo $HELIOGRAPH_NAME $HELIOGRAPH_FOLDER >> " + note.string()}
    );
    EXPECT_THAT(renewed.output, HasSubstr("2 certificates renewed"));
    const auto text = read_file(note, 4096);
    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(
        text_of(*text),
        "localhost " + issued("localhost").string() + "\nlaptop " + issued("laptop").string() + "\n"
    );
    expect_strict(issued("localhost"), "sslserver");
    EXPECT_THAT(must({"renew", "--due"}).output, HasSubstr("0 certificates renewed"));
    const Outcome failed = pki({"rekey", "laptop", "--exec", "exit 3"});
    EXPECT_EQ(failed.exit_code, 7);
    EXPECT_THAT(failed.errors, HasSubstr("laptop is rekeyed, but expected"));
    EXPECT_THAT(failed.errors, HasSubstr("saw exit code 3 from: exit 3"));
    // The new certificate is in its place, so whoever shows it is told, whatever failed behind.
    std::filesystem::remove_all(folder() / "ocsp");
    ASSERT_TRUE(write_file_atomically(folder() / "ocsp", {}).has_value());
    const Outcome late = pki({"renew", "laptop", "--exec", "echo told >> " + note.string()});
    EXPECT_EQ(late.exit_code, 7);
    EXPECT_THAT(late.errors, HasSubstr("is issued and in the ledger"));
    EXPECT_THAT(std::string(text_of(*read_file(note, 4096))), HasSubstr("told"));
    std::filesystem::remove(folder() / "ocsp");
    EXPECT_EQ(pki({"renew"}).exit_code, 2);
    EXPECT_EQ(pki({"renew", "--due", "--within", "2/1"}).exit_code, 2);
    EXPECT_EQ(pki({"renew", "laptop", "--within", "1/2"}).exit_code, 2) << "it would mean nothing";
    EXPECT_EQ(pki({"renew", "--due", "--every", "60"}).exit_code, 2) << "nor would this";
    const Outcome kinds = pki({"renew", "--due", "--watch", "--kind", "client"});
    EXPECT_EQ(kinds.exit_code, 2) << "it would renew the others too";
}

TEST_F(PkiLifecycle, TellsUsersOfARenewalWhoseProcessDiedFirst) {
    must({"init"});
    must({"issue", "client", "laptop"});
    must({"issue", "client", "tower"});
    const fs::path note = m_temp / "note";
    const std::string tell = "echo $HELIOGRAPH_NAME $HELIOGRAPH_FOLDER >> " + note.string();
    // The shell's parent is the program: it dies between the ledger's row and the end of the hook.
    EXPECT_NE(pki({"renew", "laptop", "--exec", "kill -KILL $PPID"}).exit_code, 0);
    EXPECT_EQ(pki({"renew", "tower", "--exec", "exit 3"}).exit_code, 7);
    EXPECT_EQ(count_of({"list"}), 6U) << "both are renewed";
    must({"renew", "--due"});
    EXPECT_FALSE(fs::exists(note)) << "nobody said what to run";
    EXPECT_EQ(pki({"renew", "--due", "--exec", "false"}).exit_code, 7) << "still told in vain";
    const Outcome late = must({"renew", "--due", "--exec", tell});
    EXPECT_THAT(late.output, HasSubstr("laptop was renewed by an earlier run"));
    EXPECT_THAT(late.output, HasSubstr("0 certificates renewed"));
    EXPECT_EQ(
        std::string(text_of(*read_file(note, 4096))),
        "laptop " + issued("laptop").string() + "\ntower " + issued("tower").string() + "\n"
    );
    fs::remove(note);
    must({"renew", "--due", "--exec", tell});
    EXPECT_FALSE(fs::exists(note)) << "once is enough";
    // A renewal that tells its users settles those before it.
    EXPECT_EQ(pki({"renew", "laptop", "--exec", "exit 3"}).exit_code, 7);
    must({"renew", "laptop", "--exec", "true"});
    must({"renew", "--due", "--exec", tell});
    EXPECT_FALSE(fs::exists(note));
}

TEST_F(PkiLifecycle, RenewsBeforeItTellsOfWhatAnEarlierRunRenewed) {
    must({"init"});
    must({"issue", "client", "laptop", "--days", "365"});
    must({"issue", "client", "tower", "--days", "1"});
    EXPECT_EQ(pki({"renew", "laptop", "--exec", "exit 3"}).exit_code, 7);
    const fs::path note = m_temp / "note";
    // Five minutes before now is more of a day than of a year.
    must(
        {"renew",
         "--due",
         "--within",
         "998/1000",
         "--exec",
         "echo $HELIOGRAPH_NAME >> " + note.string()}
    );
    EXPECT_EQ(std::string(text_of(*read_file(note, 4096))), "tower\nlaptop\n");
    fs::remove(note);
    // What is renewed once more is told of as that, and once.
    EXPECT_EQ(pki({"renew", "laptop", "--exec", "exit 3"}).exit_code, 7);
    const Outcome all =
        must({"renew", "--due", "--within", "1/1", "--exec", "echo told >> " + note.string()});
    EXPECT_THAT(all.output, Not(HasSubstr("earlier run")));
    EXPECT_EQ(std::string(text_of(*read_file(note, 4096))), "told\ntold\n");
}

TEST_F(PkiLifecycle, WarnsOfARenewalThatNobodyCanBeToldOf) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const std::string moved = (m_temp / "moved").string();
    const Outcome failed =
        pki({"renew", "laptop", "--exec", "mv $HELIOGRAPH_FOLDER " + moved + "; exit 3"});
    EXPECT_EQ(failed.exit_code, 7);
    const fs::path note = m_temp / "note";
    const std::vector<std::string> again{"renew", "--due", "--exec", "echo > " + note.string()};
    const Outcome quiet = must(again);
    EXPECT_THAT(quiet.errors, HasSubstr("laptop was renewed by an earlier run that told nobody"));
    EXPECT_THAT(quiet.errors, HasSubstr("its files are not in " + issued("laptop").string()));
    EXPECT_FALSE(fs::exists(note));
    fs::rename(moved, issued("laptop"));
    EXPECT_THAT(must(again).errors, Not(HasSubstr("told nobody")));
    EXPECT_TRUE(fs::exists(note));
}

TEST_F(PkiLifecycle, EndsAHookThatHangsWithAllThatItStartedAndGoesOn) {
    must({"init"});
    must({"issue", "client", "laptop"});
    must({"issue", "client", "tower"});
    const std::string held = pipe("held");
    const fs::path note = m_temp / "note";
    Process reader({.program = "cat", .arguments = {held}});
    const Outcome hung = pki(
        {"renew",
         "laptop",
         "tower",
         "--exec-timeout",
         "1",
         "--exec",
         "if [ $HELIOGRAPH_NAME = laptop ]; then sleep 3600 > " + held +
             " & wait; fi; echo $HELIOGRAPH_NAME >> " + note.string()}
    );
    EXPECT_EQ(hung.exit_code, 7);
    EXPECT_THAT(hung.errors, HasSubstr("laptop is renewed, but expected the command of --exec"));
    EXPECT_THAT(hung.errors, HasSubstr("within 1 second, saw it still run, and ended it"));
    EXPECT_EQ(std::string(text_of(*read_file(note, 4096))), "tower\n");
    EXPECT_EQ(reader.wait().exit_code, 0) << "nobody holds the pipe open any more";
    const Outcome late = must({"renew", "--due", "--exec", "true"});
    EXPECT_THAT(late.output, HasSubstr("laptop was renewed by an earlier run"));
    EXPECT_EQ(pki({"renew", "laptop", "--exec-timeout", "9"}).exit_code, 2) << "of no command";
    EXPECT_EQ(pki({"renew", "laptop", "--exec", "true", "--exec-timeout", "0"}).exit_code, 2);
}

TEST_F(PkiLifecycle, AnInterruptEndsTheHookFirstAndThenTheProgram) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const std::string held = pipe("held");
    const std::string ready = pipe("ready");
    Process reader({.program = "cat", .arguments = {held}});
    Process renewing(command(
        {"renew", "laptop", "--exec", "exec 9> " + held + "; echo > " + ready + "; sleep 3600"}
    ));
    EXPECT_EQ(run({.program = "cat", .arguments = {ready}}).exit_code, 0);
    renewing.send_signal(SIGINT);
    EXPECT_EQ(renewing.wait().signal, SIGINT);
    EXPECT_EQ(reader.wait().exit_code, 0) << "nobody holds the pipe open any more";
    const Outcome late = must({"renew", "--due", "--exec", "true"});
    EXPECT_THAT(late.output, HasSubstr("laptop was renewed by an earlier run"));
}

// By a Python program that has a terminal of its own for it.
Command at_terminal(Command typed, const std::string& script) {
    typed.arguments.insert(typed.arguments.begin(), {"-c", script, typed.program});
    typed.program = "python3";
    return typed;
}

TEST_F(PkiLifecycle, LendsItsTerminalToAHookThatAsksThere) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const fs::path note = m_temp / "note";
    for (const std::string output : {"", " > output"}) {
        Command typed = at_terminal(
            command(
                {"renew",
                 "laptop",
                 "--exec",
                 "read answer < /dev/tty; echo $answer > " + note.string()}
            ),
            "import pty, sys; sys.exit(pty.spawn(['sh', '-c', 'cd " + m_temp.path().string() +
                R"(; exec "$0" "$@")" + output + "', *sys.argv[1:]]) >> 8)"
        );
        typed.input = "yes\n";
        const Outcome outcome = run(typed);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
        EXPECT_EQ(std::string(text_of(*read_file(note, 4096))), "yes\n") << output;
        fs::remove(note);
    }
}

// What a shell does with a job: a group of its own, in front or not, and told when it stops.
const std::string shell_of_one_job = R"(
import os, pty, signal, sys
front = sys.argv[1] == 'front'
shell, terminal = pty.fork()
if shell == 0:
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        if front:
            os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(sys.argv[2], sys.argv[2:])
    status = os.waitpid(job, os.WUNTRACED)[1]
    if os.WIFSTOPPED(status):
        print('the job is stopped', os.tcgetpgrp(0) == job, flush=True)
        os.kill(-job, signal.SIGCONT)
        status = os.waitpid(job, os.WUNTRACED)[1]
    os._exit(os.waitstatus_to_exitcode(status))
text = b''
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        piece = b''
    if not piece:
        break
    text += piece
print(text.decode(), flush=True)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(shell, 0)[1]))
)";

TEST_F(PkiLifecycle, StopsTogetherWithAHookAndGoesOnWithIt) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const fs::path note = m_temp / "note";
    Command typed = at_terminal(
        command({"renew", "laptop", "--exec", "kill -TSTP 0; echo on > " + note.string()}),
        shell_of_one_job
    );
    typed.arguments.insert(typed.arguments.begin() + 2, "front");
    const Outcome outcome = run(typed);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("the job is stopped True"));
    EXPECT_EQ(std::string(text_of(*read_file(note, 4096))), "on\n");
}

TEST_F(PkiLifecycle, EndsAHookThatAsksForATerminalBehindOthers) {
    must({"init"});
    must({"issue", "client", "laptop"});
    Command typed = at_terminal(
        command({"renew", "laptop", "--exec", "read answer < /dev/tty"}), shell_of_one_job
    );
    typed.arguments.insert(typed.arguments.begin() + 2, "behind");
    const Outcome outcome = run(typed);
    EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("to need no terminal"));
}

TEST_F(PkiLifecycle, WatchRenewsUntilItIsToldToStop) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const std::string told = pipe("told");
    Process watching(command(
        {"renew",
         "--due",
         "--within",
         "1/1",
         "--watch",
         "--every",
         "86400",
         "--exec",
         "echo renewed > " + told}
    ));
    // Reading the pipe waits for the hook: the renewal is done then.
    EXPECT_EQ(run({.program = "cat", .arguments = {told}}).output, "renewed\n");
    watching.send_signal(SIGTERM);
    EXPECT_EQ(watching.wait().exit_code, 0);
    EXPECT_EQ(count_of({"list"}), 4U);
}

}  // namespace
}  // namespace heliograph::test_support
