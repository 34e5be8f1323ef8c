// SPDX-License-Identifier: Apache-2.0
// An unmodified pip behind `verify exec` and `verify proxy`, with a liar in front of an honest
// mirror, and with liars alone.
#include <pki/base/json.hpp>
#include <tests/integration/adversary.hpp>
#include <tests/support/scripted_server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class VerifyExec : public AdversaryTest {
  protected:
    /// Debian's own pip, which needs no installing.
    static std::string pip() {
        for (const auto& entry : fs::directory_iterator("/usr/share/python-wheels")) {
            if (entry.path().filename().string().starts_with("pip-")) {
                return entry.path() / "pip";
            }
        }
        ADD_FAILURE() << "the package python3-pip-whl is missing";
        return {};
    }

    /// `verify VERB --mirrors LIST ...`; the first mirror is asked first.
    Command verify(
        const std::vector<std::string>& mirrors,
        const std::string& verb,
        const std::vector<std::string>& more
    ) {
        std::ofstream list(m_house / "list.txt");
        for (std::size_t i = 0; i < mirrors.size(); ++i) {
            list << mirrors[i] << " priority=" << i << "\n";
        }
        std::vector<std::string> arguments{verb, "--mirrors", "list.txt", "--trust", "trust.json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return m_house.command("verify", arguments);
    }

    Outcome exec(
        const std::vector<std::string>& mirrors,
        const std::vector<std::string>& words,
        const std::map<std::string, std::string>& environment = {},
        const std::vector<std::string>& options = {}
    ) {
        auto all = options;
        all.emplace_back("--");
        all.insert(all.end(), words.begin(), words.end());
        auto command = verify(mirrors, "exec", all);
        command.environment.insert(environment.begin(), environment.end());
        auto outcome = run(command);
        m_house.expect_no_secret(outcome);
        return outcome;
    }

    Outcome pip_installs(
        const std::vector<std::string>& mirrors,
        const std::map<std::string, std::string>& environment = {}
    ) {
        fs::remove_all(m_house / "target");
        return exec(
            mirrors,
            {"python3",
             pip(),
             "install",
             "--target",
             m_house / "target",
             "--no-cache-dir",
             "--no-compile",
             "sample"},
            environment
        );
    }

    [[nodiscard]] bool is_installed() const { return fs::exists(m_house / "target" / "sample.py"); }
};

TEST_F(VerifyExec, PassesByALiarAndNamesIt) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.flip_byte(Target::path(m_file));
    const auto outcome = pip_installs({liar.url(), m_master->url()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    EXPECT_TRUE(is_installed());
    EXPECT_THAT(
        outcome.errors,
        AllOf(HasSubstr("file-hash-mismatch"), HasSubstr(liar.url()), HasSubstr("proof in "))
    );
}

TEST_F(VerifyExec, ShowsTheReasonInPipWhenAllMirrorsLie) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.flip_byte(Target::path(m_file));
    const auto outcome = pip_installs({liar.url()});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_FALSE(is_installed());
    EXPECT_THAT(
        outcome.errors,
        AllOf(
            HasSubstr("409 Client Error: heliograph: file " + m_name + ": expected sha256"),
            HasSubstr("error: refused file " + m_name)
        )
    );
    liar.edit(Target::path("/simple/sample/"), sha256_hex(m_wheel), sha256_hex(m_other));
    const auto altered = pip_installs({liar.url()});
    EXPECT_EQ(altered.exit_code, 1);
    EXPECT_THAT(
        altered.errors,
        AllOf(
            HasSubstr("error: refused page of project sample"), HasSubstr("page-signature-invalid")
        )
    );
}

TEST_F(VerifyExec, LetsPipInstallWhatWasVerifiedWhateverItsSettingsSay) {
    const ScriptedServer other(Greeting::http);
    const std::string elsewhere = "http://127.0.0.1:" + std::to_string(other.port()) + "/";
    fs::create_directories(m_house / "config");
    std::ofstream(m_house / "pip.conf") << "[global]\nextra-index-url = " << elsewhere << "\n";
    const auto outcome = pip_installs(
        {m_master->url()},
        {{"PIP_CONFIG_FILE", m_house / "pip.conf"},
         {"PIP_EXTRA_INDEX_URL", elsewhere},
         {"PIP_FIND_LINKS", elsewhere},
         {"PIP_INDEX_URL", elsewhere},
         {"PIP_PROXY", elsewhere},
         {"http_proxy", elsewhere},
         {"HTTP_PROXY", elsewhere},
         {"no_proxy", "localhost"}}
    );
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    EXPECT_TRUE(is_installed());
    EXPECT_THAT(outcome.errors, HasSubstr("of what was asked of the proxy: verified 1 page and "));
    EXPECT_EQ(other.connections(), 0U);
}

TEST_F(VerifyExec, RefusesACommandThatLeadsRoundIt) {
    std::ofstream(m_house / "r.txt") << "# comment\n-r more.txt\n";
    std::ofstream(m_house / "more.txt") << "sample\n  --extra-index-url=http://127.0.0.1:9/\n";
    std::ofstream(m_house / "quoted.txt") << "--pre \"--find-li\"nks http://127.0.0.1:9/\n";
    const std::vector<std::vector<std::string>> commands{
        {"pip", "install", "-i", "http://127.0.0.1:9/", "sample"},
        {"python3", "-m", "pip", "install", "--index-url=http://127.0.0.1:9/", "sample"},
        {"uv", "pip", "install", "--default-index", "http://127.0.0.1:9/", "sample"},
        {"pip", "install", "-r", "r.txt"},
        {"pip", "install", "--requirement=r.txt"},
        {"pip", "install", "--extra-ind", "http://127.0.0.1:9/", "sample"},
        {"pip", "install", "-r", "http://127.0.0.1:9/r.txt"},
        {"pip", "install", "-qrquoted.txt"},
        {"pip", "install", "-qqi", "http://127.0.0.1:9/", "sample"},
        {"pip", "install", "--requirem=r.txt"},
        {"pip", "install", "-rr.txt"}};
    for (const auto& command : commands) {
        const auto outcome = exec({m_master->url()}, command);
        EXPECT_EQ(outcome.exit_code, 72) << ::testing::PrintToString(command) << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr("index"));
    }
    EXPECT_THAT(
        exec({m_master->url()}, commands.back()).errors,
        HasSubstr("--extra-index-url in more.txt, line 2")
    );
    EXPECT_EQ(
        exec(
            {m_master->url()}, {"pip", "--version"}, {{"PIP_CONSTRAINT", "x.txt r.txt"}}
        ).exit_code,
        72
    );
    // An option of its own, not the beginning of another one.
    fs::create_directories(m_house / "bin");
    fs::create_symlink("/bin/true", m_house / "bin/uv");
    EXPECT_EQ(
        exec({m_master->url()}, {m_house / "bin/uv", "pip", "sync", "--extra", "x"}).exit_code, 0
    );
    EXPECT_EQ(exec({m_master->url()}, {"echo", "-i", "--index-url"}).exit_code, 0);
}

TEST_F(VerifyExec, RefusesListsThatLeadRoundItHoweverTheyAreWritten) {
    const std::string option = "--extra-index-url http://127.0.0.1:9/\n";
    const auto expect_refused = [&](const std::vector<std::string>& command,
                                    const std::map<std::string, std::string>& environment = {}) {
        const auto outcome = exec({m_master->url()}, command, environment);
        EXPECT_EQ(outcome.exit_code, 72) << ::testing::PrintToString(command) << outcome.errors;
    };
    const std::vector<std::string> lists{
        "\xEF\xBB\xBF" + option,
        std::string("\xFF\xFE-\0-\0", 6),
        std::string("-\0-\0", 4),
        "sample\r" + option,
        "sample\v" + option,
        "sample\xE2\x80\xA8" + option,
        "\xC2\xA0" + option,
        "--\\\nextra-index-url http://127.0.0.1:9/\n",
        "# coding: utf-7\n",
        "# coding: latin-1\nsample\x85" + option,
        "${OPTION}\n",
        "-r \"a list.txt\"\n",
        "-r file:/tmp/list.txt\n"};
    for (const auto& list : lists) {
        std::ofstream(m_house / "odd.txt") << list;
        expect_refused({"pip", "install", "-r", "odd.txt"});
    }
    std::ofstream(m_house / "r.txt") << option;
    std::ofstream(m_house / "pylock.toml") << "lock-version = '1.0'\n";
    std::ofstream(m_house / "large.txt") << std::string((8U << 20U) + 1, '\n');
    ASSERT_EQ(::mkfifo((m_house / "fifo").c_str(), 0600), 0);
    fs::create_directories(m_house / "stored");
    fs::create_directories(m_house / "settings");
    std::ofstream(m_house / "stored" / "pyproject.toml")
        << "[[tool.pdm.source]]\nname = 'x'\nurl = 'http://127.0.0.1:9/'\n";
    std::ofstream(m_house / "settings" / "pdm.toml") << "[pypi.x]\nurl = 'http://127.0.0.1:9/'\n";
    const std::vector<std::vector<std::string>> commands{
        {"pdm", "install", "-p", "stored"},
        {"pdm", "add", "--project=settings", "sample"},
        {"pdm", "--config", "c.toml", "install"},
        {"pip", "install", "--isolated", "sample"},
        {"python3", "-mpip", "--isolated", "download", "sample"},
        {"pip", "install", "-r", "fifo"},
        {"pip", "install", "-r", "large.txt"},
        {"uv", "pip", "sync", "r.txt"},
        {"uv", "--color", "never", "pip", "compile", "r.txt"},
        {"uv", "pip", "sync", "pylock.toml"},
        {"uv", "pip", "compile", "-"},
        {"uv", "pip", "install", "--override", "r.txt", "sample"},
        {"uv", "pip", "install", "--overrides=r.txt", "sample"},
        {"uv", "pip", "install", "-b", "r.txt", "sample"},
        {"uv", "pip", "install", "--build-constraints", "r.txt", "sample"},
        {"uv", "pip", "install", "--torch-backend=cpu", "sample"},
        {"uv", "tool", "install", "--with-requirements", "r.txt", "sample"},
        {"uv", "sync"},
        {"uv", "--project", "here", "run", "program"},
        {"python3", "-m", "uv", "lock"},
        {"poetry", "install"}};
    for (const auto& command : commands) {
        expect_refused(command);
    }
    expect_refused({"pdm", "install"}, {{"PDM_PROJECT", "stored"}});
    expect_refused({"uv", "pip", "check"}, {{"UV_OVERRIDE", "r.txt"}});
    expect_refused({"pip", "--version"}, {{"PIP_constraint", "r.txt"}});
    expect_refused({"pip", "--version"}, {{"PIP_CONSTRAINT", "http://127.0.0.1:9/r.txt"}});
}

TEST_F(VerifyExec, LeavesOutSettingsThatLeadRoundIt) {
    const auto outcome = exec(
        {m_master->url()},
        {"env"},
        {{"PIP_extra_index_url", "lost"},
         {"PIP___Find-Links", "lost"},
         {"PIP_TIMEOUT", "kept"},
         {"UV_TORCH_BACKEND", "lost"}}
    );
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(
        outcome.output,
        AllOf(
            Not(HasSubstr("lost")),
            HasSubstr("PIP_TIMEOUT=kept"),
            HasSubstr("UV_NO_SOURCES=1"),
            HasSubstr("PDM_CONFIG_FILE=/dev/null")
        )
    );
}

TEST_F(VerifyExec, KeepsTheSerialsSeenWhenWhatIsKnownOfMirrorsCannotBeKept) {
    const auto is_kept = [&] {
        const fs::recursive_directory_iterator all(m_house.folder());
        return std::any_of(begin(all), end(all), [](const auto& entry) {
            return entry.path().parent_path().filename() == "trust-state" &&
                   read_text(entry.path()).find("sample") != std::string::npos;
        });
    };
    EXPECT_FALSE(is_kept());
    const auto asked = exec(
        {m_master->url()},
        {"python3",
         "-c",
         "import os, pathlib, sqlite3, urllib.request\n"
         "urllib.request.urlopen(os.environ['PIP_INDEX_URL'] + 'sample/')\n"
         "file = next(pathlib.Path(os.environ['HOME']).rglob('mirrors.db'))\n"
         "with sqlite3.connect(file) as db:\n"
         "    for name, in db.execute(\"select name from sqlite_master where type = 'table' and "
         "\"\n"
         "                            \"name not like 'sqlite%'\").fetchall():\n"
         "        db.execute(f'drop table {name}')\n"}
    );
    EXPECT_EQ(asked.exit_code, 0) << asked.errors;
    EXPECT_THAT(asked.errors, HasSubstr("could not be kept"));
    EXPECT_TRUE(is_kept());
}

TEST_F(VerifyExec, EndsAsItsCommandEnds) {
    const auto seven = exec({m_master->url()}, {"sh", "-c", "exit 7"});
    EXPECT_EQ(seven.exit_code, 7);
    EXPECT_THAT(seven.errors, HasSubstr("nothing was verified"));
    EXPECT_EQ(exec({m_master->url()}, {"sh", "-c", "kill -9 $$"}).exit_code, 128 + SIGKILL);
    std::ofstream(m_house / "policy.json")
        << R"({"format": "heliograph-proxy-policy-1", "alow": []})";
    const auto misread = exec({m_master->url()}, {"true"}, {}, {"--policy", "policy.json"});
    EXPECT_EQ(misread.exit_code, 72);
    EXPECT_THAT(misread.errors, HasSubstr("saw 'alow'"));
    const auto absent = exec({m_master->url()}, {"no-such-program"});
    EXPECT_EQ(absent.exit_code, 73);
    EXPECT_THAT(absent.errors, HasSubstr("no-such-program"));
    auto untrusted = m_house.command("verify", {"exec", "--trust", "absent.json", "--", "true"});
    EXPECT_EQ(run(untrusted).exit_code, 73);
    const auto json = exec({m_master->url()}, {"sh", "-c", "echo said; exit 3"}, {}, {"--json"});
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_THAT(json.errors, HasSubstr("said\n"));
    const auto document = parse_json(json.output, JsonLimits{});
    ASSERT_TRUE(document) << json.output;
    EXPECT_EQ(document->integer_member("exit_code").value(), 3);
    EXPECT_TRUE(document->array_member("verdicts").value()->empty());
}

TEST_F(VerifyExec, PassesSignalsOn) {
    auto command = verify(
        {m_master->url()},
        "exec",
        {"--",
         "sh",
         "-c",
         "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.01; done"}
    );
    Process process(command);
    (void)process.wait_for_line(Stream::output, "ready");
    process.send_signal(SIGTERM);
    const auto outcome = process.wait();
    EXPECT_EQ(outcome.exit_code, 9);
    EXPECT_THAT(outcome.output, HasSubstr("caught"));
}

TEST_F(VerifyExec, StartsNothingWhenItWasInterruptedBefore) {
    auto command =
        verify({m_master->url()}, "exec", {"--json", "--", "touch", m_house / "started"});
    // A signal that is held back waits through the start of another program.
    std::vector<std::string> words{
        "-c",
        "import os, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n",
        command.program};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    command.program = "python3";
    command.arguments = std::move(words);
    const auto outcome = run(command);
    EXPECT_EQ(outcome.exit_code, 128 + SIGINT) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("\"signal\": 2"));
    EXPECT_FALSE(fs::exists(m_house / "started"));
}

TEST_F(VerifyExec, ServesLongerThanOneCommand) {
    Process proxy(verify({m_master->url()}, "proxy", {"--verbose", "--url-file", "url"}));
    (void)proxy.wait_for_line(Stream::output, "verifying proxy at http://127.0.0.1:");
    struct stat seen {};
    ASSERT_EQ(::stat((m_house / "url").c_str(), &seen), 0);
    EXPECT_EQ(seen.st_mode & 0777U, 0600U);
    std::string url = read_text(m_house / "url");
    url.pop_back();
    const auto outcome = run(
        {.program = "python3",
         .arguments =
             {pip(),
              "download",
              "--isolated",
              "--no-cache-dir",
              "--disable-pip-version-check",
              "--index-url",
              url,
              "--dest",
              m_house / "downloaded",
              "sample"},
         .environment = {{"HOME", m_house.folder()}, {"no_proxy", "127.0.0.1"}}}
    );
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    EXPECT_EQ(read_text(m_house / "downloaded" / m_name), m_wheel);
    const auto stopped = proxy.stop();
    EXPECT_EQ(stopped.exit_code, 0) << stopped.errors;
    const auto begin = url.find('/', std::string_view("http://").size()) + 1;
    const std::string token = url.substr(begin, url.find('/', begin) - begin);
    EXPECT_EQ(token.size(), 32U);
    EXPECT_THAT(stopped.errors, HasSubstr("http.access"));
    EXPECT_THAT(stopped.output + stopped.errors, Not(HasSubstr(token)));
    EXPECT_THAT(stopped.output, HasSubstr("stopped: verified 1 page and"));
    const auto everywhere = run(verify({m_master->url()}, "proxy", {"--listen", "0.0.0.0:0"}));
    EXPECT_EQ(everywhere.exit_code, 2);
    EXPECT_THAT(everywhere.errors, HasSubstr("loopback"));
}

}  // namespace
}  // namespace heliograph::test_support
