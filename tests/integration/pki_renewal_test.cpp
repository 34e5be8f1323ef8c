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

TEST_F(PkiLifecycle, LendsItsTerminalToAHookThatAsksThere) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const fs::path note = m_temp / "note";
    Command typed = command(
        {"renew", "laptop", "--exec", "read answer < /dev/tty; echo $answer > " + note.string()}
    );
    typed.arguments.insert(
        typed.arguments.begin(),
        {"-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", typed.program}
    );
    typed.program = "python3";
    typed.input = "yes\n";
    const Outcome outcome = run(typed);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_EQ(std::string(text_of(*read_file(note, 4096))), "yes\n");
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
