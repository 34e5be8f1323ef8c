// SPDX-License-Identifier: Apache-2.0
// The publisher's day on the real programs: yank, status, attest, show, import, remove, and what a
// mirror and an unmodified pip make of it.
#include <tests/integration/household.hpp>
#include <tests/support/places.hpp>
#include <tests/support/plain_client.hpp>
#include <tests/support/spawn.hpp>
#include <tests/support/synthetic_wheels.hpp>
#include <tests/unit/verify/attest/statement.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class PublisherDay : public ::testing::Test {
  protected:
    Outcome mirror(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--dir", "master"});
        return m_house.run("mirror", std::move(arguments));
    }

    std::string must(std::vector<std::string> arguments) {
        const auto outcome = mirror(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
        return outcome.output;
    }

    Household m_house;
};

TEST_F(PublisherDay, IsToldOnAMirrorAsWhatNobodySigns) {
    m_house.make_master({m_house.make_wheel({.version = "1.0"})});
    must({"add", m_house.make_wheel({.name = "other", .version = "1.0"})});
    const Serving master = m_house.serve("master");
    m_house.make_mirror("copy", master.url());
    const auto sync = [&] { m_house.must("mirror", {"sync", "--dir", "copy"}); };
    const auto shown = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"show", "--dir", "copy", "--history"});
        return m_house.must("mirror", more).output;
    };
    sync();
    EXPECT_THAT(shown({"sample"}), HasSubstr("nobody signs either:"));
    EXPECT_THAT(must({"show", "sample", "--history"}), Not(HasSubstr("nobody signs")));
    must({"remove", "--project", "sample"});
    sync();
    EXPECT_THAT(
        shown({"sample"}),
        AllOf(
            HasSubstr("sample, removed, by the upstream's journal or"),
            HasSubstr("by what this mirror saw; nobody signs either")
        )
    );
    EXPECT_THAT(
        shown({"sample", "--json"}),
        AllOf(HasSubstr(R"("status": "removed")"), HasSubstr("mirror-journal-unsigned"))
    );
    m_house.must("mirror", {"filter", "--dir", "copy", "--project", "third"});
    sync();
    const auto dropped = shown({"other"});
    EXPECT_THAT(dropped, HasSubstr("other, not wanted by this mirror's filter"));
    EXPECT_THAT(dropped, Not(HasSubstr("removed")));
    EXPECT_THAT(shown({"other", "--json"}), HasSubstr(R"("status": "not-wanted")"));
    m_house.must("mirror", {"filter", "--dir", "copy", "--all"});
    EXPECT_THAT(
        shown({"other"}),
        AllOf(HasSubstr("other, not here yet"), HasSubstr("add-file"), Not(HasSubstr("removed")))
    ) << "nobody ever told of a removal";
    EXPECT_THAT(shown({"other", "--json"}), HasSubstr(R"("status": "not-here")"));
    EXPECT_THAT(shown({"sample"}), HasSubstr("sample, removed"));
    sync();
    EXPECT_THAT(shown({"other"}), HasSubstr("other, active"));
}

TEST_F(PublisherDay, OfAMirrorOfSomeFilesSaysWhatIsLeftOutAndFetchGoesElsewhere) {
    m_house.make_master(
        {m_house.make_wheel({.version = "1.0"}), m_house.make_wheel({.version = "2.0"})}
    );
    const Serving master = m_house.serve("master");
    m_house.make_mirror("few", master.url());
    m_house.must("mirror", {"sync", "--dir", "few"});
    m_house.must("mirror", {"filter", "--dir", "few", "--latest", "1", "--max-size", "1M"});
    EXPECT_THAT(
        m_house.must("mirror", {"sync", "--dir", "few", "--dry-run"}).output,
        HasSubstr("would drop file sample-1.0-py3-none-any.whl (latest)")
    );
    m_house.must("mirror", {"sync", "--dir", "few"});
    EXPECT_EQ(m_house.run("mirror", {"filter", "--dir", "few", "--platform", "../x"}).exit_code, 2);
    EXPECT_THAT(
        m_house.must("mirror", {"status", "--dir", "few"}).output,
        AllOf(
            HasSubstr("is here, but for what is left out"),
            HasSubstr("filter: the newest 1 release of each project"),
            HasSubstr("left out for latest: 1 file")
        )
    );
    EXPECT_THAT(
        m_house.must("mirror", {"status", "--dir", "few", "--json"}).output,
        AllOf(HasSubstr(R"("reason": "latest")"), HasSubstr("longest_lag_seconds"))
    );
    m_house.must("mirror", {"verify", "--dir", "few"});
    EXPECT_EQ(
        m_house.run("mirror", {"bundle", "--dir", "few", "--since", "0", "-o", "b"}).exit_code, 2
    );
    const Serving few = m_house.serve("few");
    const auto alone = m_house.fetch({few.url()}, {"--verify", "sample==1.0"});
    EXPECT_EQ(alone.outcome.exit_code, 5);
    EXPECT_THAT(
        alone.outcome.errors,
        AllOf(
            HasSubstr("file-left-out"),
            HasSubstr(
                "which nobody signed, that its filter leaves the file out (latest), from " +
                few.url()
            )
        )
    );
    const auto both = m_house.fetch({few.url(), master.url()}, {"--verify", "sample==1.0"});
    EXPECT_EQ(both.outcome.exit_code, 0) << both.outcome.errors;
    EXPECT_EQ(both.files.size(), 1U);
    m_house.must("mirror", {"filter", "--dir", "few", "--all"});
    m_house.must("mirror", {"sync", "--dir", "few"});
    EXPECT_EQ(m_house.fetch({few.url()}, {"--verify", "sample==1.0"}).outcome.exit_code, 0);
}

TEST_F(PublisherDay, OfAMirrorOfALockFileHasItsFilesAlone) {
    const auto wheel = m_house.make_wheel({.version = "1.0"});
    m_house.make_master({wheel, m_house.make_wheel({.version = "2.0"})});
    must({"add", m_house.make_wheel({.name = "other", .version = "1.0"})});
    const Serving master = m_house.serve("master");
    std::ofstream(m_house / "requirements.txt")
        << "sample==1.0 --hash=sha256:" << sha256_hex(read_text(wheel)) << "\n";
    m_house.make_mirror("locked", master.url());
    m_house.must("mirror", {"filter", "--dir", "locked", "--lock", "requirements.txt"});
    m_house.must("mirror", {"sync", "--dir", "locked"});
    EXPECT_THAT(
        m_house.must("mirror", {"status", "--dir", "locked"}).output,
        AllOf(HasSubstr("1 project,"), HasSubstr("left out for lock: 1 file"))
    );
    EXPECT_THAT(
        m_house.must("mirror", {"filter", "--dir", "locked", "--specifier", "sample<2"}).output,
        AllOf(HasSubstr("locked files of 1 project"), HasSubstr("versions of sample: <2"))
    ) << "both bind";
    const auto refused = m_house.run(
        "mirror", {"filter", "--dir", "locked", "--no-closure", "--specifier", "other>=1"}
    );
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(
        refused.errors,
        AllOf(HasSubstr("--specifier"), HasSubstr("'other>=1'"), HasSubstr("--project other"))
    );
    m_house.must("mirror", {"sync", "--dir", "locked"});
    const Serving locked = m_house.serve("locked");
    EXPECT_EQ(m_house.fetch({locked.url()}, {"--verify", "sample==1.0"}).outcome.exit_code, 0);
    EXPECT_THAT(
        m_house.must("mirror", {"filter", "--dir", "locked", "--project", "sample", "other"})
            .output,
        AllOf(HasSubstr("versions of sample: <2"), Not(HasSubstr("locked")))
    ) << "in place of what the lock file named";
}

TEST_F(PublisherDay, YanksShowsAndGivesAStatus) {
    m_house.make_master(
        {m_house.make_wheel({.version = "1.0"}), m_house.make_wheel({.version = "2.0"})}
    );
    EXPECT_THAT(must({"yank", "sample", "2.0", "--reason", "does not start"}), HasSubstr("yanked"));
    EXPECT_THAT(
        must({"yank", "sample", "2.0", "--reason", "does not start"}), HasSubstr("unchanged")
    );
    EXPECT_THAT(must({"show", "sample"}), HasSubstr("yanked: does not start"));
    EXPECT_THAT(
        must({"show", "sample", "--json"}), HasSubstr(R"("yanked_reason": "does not start")")
    );
    EXPECT_THAT(
        must({"unyank", "sample-2.0-py3-none-any.whl", "--reason", "it was the driver"}),
        HasSubstr("unyanked")
    );
    EXPECT_THAT(must({"show", "sample"}), Not(HasSubstr("yanked")));
    EXPECT_THAT(
        must({"show", "sample", "--history"}),
        AllOf(
            HasSubstr("unyank-file sample-2.0-py3-none-any.whl: it was the driver"),
            HasSubstr("yank-release 2.0: does not start"),
            HasSubstr("create-project")
        )
    );
    EXPECT_THAT(
        must({"show", "sample", "--history", "--json"}),
        HasSubstr(R"("reason": "it was the driver")")
    );
    must({"status", "set", "archived", "sample", "--reason", "moved"});
    EXPECT_THAT(must({"show", "sample"}), HasSubstr("archived (moved)"));
    const auto refused = mirror({"add", m_house.make_wheel({.version = "3.0"})});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.errors, HasSubstr("archived"));
    must({"status", "set", "archived", "sample"});
    EXPECT_THAT(must({"show", "sample"}), HasSubstr("archived (moved)")) << "kept";
    EXPECT_EQ(mirror({"status", "set", "frozen", "sample"}).exit_code, 2);
    const auto elsewhere =
        m_house.run("mirror", {"status", "--dir", "nowhere", "set", "active", "sample"});
    EXPECT_EQ(elsewhere.exit_code, 3) << "--dir counts before the verb, too";
    EXPECT_THAT(elsewhere.errors, HasSubstr("nowhere"));
    EXPECT_EQ(mirror({"status", "set", "active", "none"}).exit_code, 3);
    EXPECT_EQ(mirror({"yank", "sample", "9"}).exit_code, 3);
    EXPECT_THAT(must({"status"}), HasSubstr("1 project"));
    must({"remove", "--project", "sample", "--release", "2.0"});
    EXPECT_THAT(must({"list", "sample"}), Not(HasSubstr("sample-2.0")));
    must({"remove", "--project", "sample", "--release", "1.0"});
    EXPECT_THAT(must({"list", "sample"}), HasSubstr("offers no files"));
    EXPECT_THAT(must({"list", "sample", "--json"}), HasSubstr("\"files\": []"));
    EXPECT_EQ(mirror({"list", "none"}).exit_code, 3);
    must({"verify"});
}

// As the first file's metadata do, on masters and mirrors alike.
TEST_F(PublisherDay, CallsOfMirroringToolsAreAnsweredWithNamesAsPeopleWriteThem) {
    m_house.make_master({m_house.make_wheel({.name = "Demo_Thing"})});
    must({"add", m_house.make_wheel({.name = "demo-thing", .version = "2.0"})});
    auto master = m_house.serve("master");
    m_house.make_mirror("copy", master.url());
    m_house.must("mirror", {"sync", "--dir", "copy"});
    const auto copy = m_house.serve("copy");
    const auto call = [](const std::string& url, const std::string& method) {
        const std::string body =
            "<?xml version='1.0'?><methodCall><methodName>" + method + "</methodCall>";
        return plain_exchange(
            url,
            "POST /pypi HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
            "Connection: close\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body
        );
    };
    for (const auto& url : {master.url(), copy.url()}) {
        const auto listed = call(url, "list_packages_with_serial</methodName><params/>");
        EXPECT_THAT(listed, HasSubstr("<name>Demo_Thing</name>")) << url;
        EXPECT_THAT(listed, Not(HasSubstr("demo-thing")));
        const auto rows = call(
            url,
            "changelog_since_serial</methodName><params><param><value><int>0</int></value></param>"
            "</params>"
        );
        EXPECT_THAT(rows, HasSubstr("<string>Demo_Thing</string>")) << url;
        EXPECT_THAT(rows, Not(HasSubstr("<string>demo-thing</string>")));
        EXPECT_EQ(plain_get(url, "/simple/demo-thing/").status, 200);
    }
}

TEST_F(PublisherDay, EndsByCause) {
    m_house.make_master({m_house.make_wheel({.payload = "x = 1\n"})});
    const auto ends = [&](int code, const std::string& words, std::vector<std::string> arguments) {
        const std::string what = arguments[0] + " " + arguments[1];
        const auto outcome = mirror(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, code) << what << ": " << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr(words)) << what;
    };
    ends(1, "new version", {"add", m_house.make_wheel({.payload = "x = 2\n"})});
    ends(2, "project and version", {"yank", "foo-bar"});
    ends(2, "not-a-version", {"yank", "foo-bar", "not-a-version"});
    ends(2, "x.egg", {"add", "x.egg"});
    ends(2, "mirror import", {"add", "files"});
    ends(2, "no/pe", {"show", "no/pe"});
    ends(2, "4096", {"yank", "sample", "1.0", "--reason", std::string(5000, 'x')});
    ends(2, "control characters", {"yank", "sample", "1.0", "--reason", "a\tb"});
    ends(2, "4096", {"unyank", "sample", "1.0", "--reason", std::string(5000, 'x')});
    ends(2, "mirror status set --help", {"status", "set", "active"});
    ends(2, "1 or more", {"verify", "--sample", "0"});
    ends(2, "1 or more", {"verify", "--rate", "abc"});
    ends(2, "--client-root", {"serve", "--plain", "--uploads", "--upload-role", "spiffe://a/b"});
    ends(7, "/proc/x", {"export", "/proc/x"});
    ends(7, "/nonexistent", {"trust", "export", "-o", "/nonexistent/x"});
    const auto inits = [&](int code, const std::string& words, std::vector<std::string> options) {
        options.insert(options.begin(), {"init", "--dir", "new"});
        const auto outcome = m_house.run("mirror", std::move(options));
        EXPECT_EQ(outcome.exit_code, code) << words << ": " << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr(words));
    };
    inits(2, "ftp", {"--upstream", "ftp://x/", "--trust", "trust.json"});
    inits(1, "saw PEM in pki/root.crt", {"--upstream", "https://x/", "--trust", "pki/root.crt"});
    inits(2, "no private key", {"--signer", "pki/root.crt", "--root", "pki/root.crt"});
    const std::string leaf = "pki/issued/page-signer/cert.pem";
    inits(1, "CA certificates", {"--signer", "pki/issued/page-signer/bundle.pem", "--root", leaf});
    EXPECT_FALSE(fs::exists(m_house / "new"));
    fs::create_directory(m_house / "empty");
    ends(3, "saw none", {"import", "empty"});
}

TEST_F(PublisherDay, IsNotRefusedForDefaultsOfTheFileThatHaveNoUse) {
    m_house.make_master({m_house.make_wheel({})});
    std::ofstream(m_house / "mirror.toml")
        << "[init]\nupstream = \"https://127.0.0.1:1/\"\ntrust = \"trust.json\"\n"
           "[sync]\nwatch = true\ninterval = 5\n"
           "[serve]\ntls = \"bundle.pem\"\nclient-root = \"root.crt\"\n";
    const auto with_file = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--config", "mirror.toml"});
        return m_house.run("mirror", std::move(arguments));
    };
    const auto made = with_file(
        {"init",
         "--dir",
         "second",
         "--signer",
         "pki/issued/page-signer/bundle.pem",
         "--root",
         "pki/root.crt"}
    );
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    EXPECT_THAT(made.output, HasSubstr("made the master"));
    const auto once = with_file({"sync", "--once", "--dir", "master"});
    EXPECT_THAT(once.errors, Not(HasSubstr("--watch"))) << "told that a master follows nobody";
    const auto open = with_file({"serve", "--plain", "--dir", "master", "--listen", "127.0.0.1:0"});
    EXPECT_EQ(open.exit_code, 2) << "clients are to show certificates";
    EXPECT_THAT(open.errors, HasSubstr("expected --client-root FILE with --tls"));
    const auto lists = mirror({"serve", "--tls", "bundle.pem", "--client-crl", "crl.pem"});
    EXPECT_EQ(lists.exit_code, 2);
    EXPECT_THAT(lists.errors, HasSubstr("expected --client-root FILE with --client-crl"));
}

TEST_F(PublisherDay, MendsALostFileByPublishingItAgain) {
    const auto wheel = m_house.make_wheel({});
    m_house.make_master({wheel});
    const std::string digest = sha256_hex(read_text(wheel));
    fs::remove(m_house / "master/blobs" / digest.substr(0, 2) / digest);
    const auto damaged = mirror({"verify"});
    EXPECT_EQ(damaged.exit_code, 1);
    EXPECT_THAT(damaged.errors, HasSubstr("mirror add FILE"));
    EXPECT_THAT(damaged.errors, Not(HasSubstr("--repair")));
    EXPECT_THAT(must({"add", wheel}), HasSubstr("written anew"));
    must({"verify"});
}

TEST_F(PublisherDay, AttestsAndServesWhatItSaysOnMasterAndMirror) {
    const auto wheel = m_house.make_wheel({});
    m_house.make_master({wheel});
    const std::string name = wheel.filename();
    const std::string digest = sha256_hex(read_text(wheel));
    const std::string document =
        verify::test_attest::provenance_of({.name = name, .sha256 = digest});
    std::ofstream(m_house / "good.json") << document;
    std::ofstream(m_house / "bad.json")
        << verify::test_attest::provenance_of({.name = name, .sha256 = sha256_hex("other")});
    EXPECT_THAT(must({"attest", name, "good.json"}), HasSubstr("attached"));
    const auto refused = mirror({"attest", name, "bad.json"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.errors, HasSubstr("attestation-subject-digest"));
    auto master = m_house.serve("master");
    m_house.make_mirror("copy", master.url());
    m_house.must("mirror", {"sync", "--dir", "copy"});
    const auto copy = m_house.serve("copy");
    const std::string place = "/integrity/sample/1.0/" + name + "/provenance";
    for (const auto& url : {master.url(), copy.url()}) {
        const Reply reply = plain_get(url, place);
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, document);
        EXPECT_EQ(plain_get(url, place, {{"Accept", "text/html"}}).status, 406);
        EXPECT_THAT(
            plain_get(url, "/simple/sample/").body, HasSubstr("data-provenance=\"../.." + place)
        );
        const Reply legacy = plain_get(url, "/pypi/sample/json");
        EXPECT_EQ(legacy.status, 200);
        EXPECT_THAT(legacy.body, HasSubstr(digest));
    }
}

TEST_F(PublisherDay, QuarantineReachesAMirrorWithItsNextSync) {
    m_house.make_master({m_house.make_wheel({}), m_house.make_wheel({.name = "other"})});
    auto master = m_house.serve("master");
    m_house.make_mirror("copy", master.url());
    m_house.must("mirror", {"sync", "--dir", "copy"});
    const auto copy = m_house.serve("copy");
    must({"status", "set", "quarantined", "sample", "--reason", "malware"});
    m_house.must("mirror", {"sync", "--dir", "copy"});
    const auto wheel = read_text(m_house / "files/sample-1.0-py3-none-any.whl");
    const auto place = package_path(wheel, "sample-1.0-py3-none-any.whl");
    for (const auto& url : {master.url(), copy.url()}) {
        EXPECT_THAT(plain_get(url, "/simple/").body, Not(HasSubstr("sample")));
        EXPECT_THAT(plain_get(url, "/simple/").body, HasSubstr("other"));
        const auto page = plain_get(url, "/simple/sample/").body;
        EXPECT_THAT(page, HasSubstr("quarantined"));
        EXPECT_THAT(page, Not(HasSubstr(".whl")));
        EXPECT_EQ(plain_get(url, place).status, 404);
        EXPECT_EQ(plain_get(url, "/pypi/sample/json").status, 404);
    }
    EXPECT_THAT(must({"list", "sample"}), HasSubstr("keeps back 1 file"));
    EXPECT_EQ(m_house.fetch({copy.url()}, {"sample"}).outcome.exit_code, 3);
    must({"status", "set", "active", "sample"});
    m_house.must("mirror", {"sync", "--dir", "copy"});
    EXPECT_EQ(plain_get(copy.url(), place).body, wheel);
    m_house.must("mirror", {"verify", "--dir", "copy"});
}

TEST_F(PublisherDay, ImportsATreeAndGoesOnAfterABreak) {
    m_house.make_master({});
    fs::create_directories(m_house / "tree/deep");
    write_wheel(m_house / "tree", {.name = "one"});
    write_wheel(m_house / "tree/deep", {.name = "two"});
    EXPECT_THAT(must({"import", "tree"}), HasSubstr("imported 2 files"));
    write_sdist(m_house / "tree/deep", {.name = "three"});
    std::ofstream(m_house / "tree/bad-1.0-py3-none-any.whl") << "no archive";
    const auto second = mirror({"import", "tree"});
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.output, HasSubstr("imported 1 file; 2 were here already, 1 were refused"));
    EXPECT_THAT(second.errors, HasSubstr("bad-1.0-py3-none-any.whl"));
    EXPECT_THAT(must({"list"}), HasSubstr("three"));
}

// As many files as do not fit, on a small file system of its own, where making one is allowed.
TEST_F(PublisherDay, LeavesRoomOnADiskThatAnImportFilled) {
    m_house.make_master({});
    write_synthetic_wheels(m_house / "many", {.projects = 1500, .files_per_project = 1});
    fs::create_directory(m_house / "small");
    const std::string program = fs::path(program_folder) / "mirror";
    const std::string wheel = m_house.make_wheel({.name = "late"});
    const std::string script =
        "mount -t tmpfs -o size=6m none small || exit 100; cp -r master small/m || exit 100; " +
        program + " import --dir small/m many; code=$?; find small/m/blobs -type f | wc -l; " +
        program + " add --dir small/m " + wheel + " || exit 101; exit $code";
    auto command = m_house.command("mirror", {});
    command.program = "unshare";
    command.arguments = {"-rm", "sh", "-c", script};
    const auto outcome = run(command);
    if (outcome.exit_code == 1 || outcome.exit_code == 100) {
        return;
    }
    EXPECT_EQ(outcome.exit_code, 7) << outcome.errors << outcome.output;
    EXPECT_THAT(outcome.errors, HasSubstr("run the same command again"));
    ASSERT_THAT(outcome.output, HasSubstr("imported "));
    const auto imported = std::stoul(outcome.output.substr(outcome.output.find(' ')));
    EXPECT_THAT(outcome.output, HasSubstr("\n" + std::to_string(2 * imported) + "\n"))
        << "each with its metadata, and no others";
    EXPECT_THAT(outcome.output, HasSubstr("published late-1.0"));
}

TEST_F(PublisherDay, TellsOfALinkThatNothingElseLiesBesideIt) {
    m_house.make_master({});
    const auto wheel = m_house.make_wheel({});
    fs::create_directory(m_house / "tree");
    fs::create_symlink(wheel, m_house / "tree" / wheel.filename());
    const auto none = mirror({"import", "tree"});
    EXPECT_EQ(none.exit_code, 3);
    EXPECT_THAT(none.errors, HasSubstr("saw none (left out: 1 link (not followed))"));
    std::ofstream(m_house / "tree/old-1.0.tar.bz2") << "x";
    write_wheel(m_house / "tree", {.name = "one"});
    const auto told = must({"import", "tree"});
    EXPECT_THAT(told, HasSubstr("left out: 1 link (not followed), 1 of a kind that"));
    EXPECT_THAT(mirror({"import", "tree", "--verbose"}).errors, HasSubstr("old-1.0.tar.bz2"));
}

// A limit on what files may hold stands for a disk without a free block.
TEST_F(PublisherDay, ServesWhatIsThereFromADiskWithoutRoom) {
    const auto wheel = m_house.make_wheel({});
    m_house.make_master({wheel});
    const auto without_room = [&](std::vector<std::string> arguments) {
        auto command = m_house.command("mirror", std::move(arguments));
        std::vector<std::string> all{
            "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh", command.program};
        all.insert(all.end(), command.arguments.begin(), command.arguments.end());
        command.program = "/bin/sh";
        command.arguments = std::move(all);
        return command;
    };
    const auto yanked = run(without_room({"yank", "--dir", "master", wheel.filename().string()}));
    EXPECT_EQ(yanked.exit_code, 7) << yanked.errors;
    {
        Process server(
            without_room({"serve", "--dir", "master", "--plain", "--listen", "127.0.0.1:0"})
        );
        const auto line = server.wait_for_line(Stream::output, "serving ");
        const auto at = line.find("http://");
        ASSERT_NE(at, std::string::npos) << line;
        const auto url = line.substr(at, line.find(' ', at) - at);
        EXPECT_EQ(plain_get(url, "/simple/sample/").status, 200);
        const auto stopped = server.stop();
        EXPECT_EQ(stopped.exit_code, 0) << stopped.errors;
    }
    must({"verify"});
    must({"yank", wheel.filename().string()});
}

TEST_F(PublisherDay, SaysWhatIsDoneWhenAnImportIsStopped) {
    m_house.make_master({});
    write_synthetic_wheels(m_house / "many", {.projects = 3000, .files_per_project = 1});
    Process importing(m_house.command("mirror", {"import", "--dir", "master", "--verbose", "many"})
    );
    static_cast<void>(importing.wait_for_line(Stream::errors, "import.file.published"));
    importing.send_signal(SIGINT);
    const auto stopped = importing.wait();
    EXPECT_EQ(stopped.exit_code, 7) << stopped.signal;
    EXPECT_THAT(stopped.errors, HasSubstr("stopped; run the same command again to complete it"));
    EXPECT_THAT(stopped.output, ContainsRegex("imported [1-9][0-9]* files;"));
    must({"verify"});
}

// A bandersnatch folder keeps files that were removed upstream: to refuse them is the verdict on
// them, and nothing is wrong with this machine.
TEST_F(PublisherDay, ImportsABandersnatchTreeButForWhatWasRemovedUpstream) {
    m_house.make_master({});
    fs::create_directories(m_house / "tree/packages");
    fs::create_directories(m_house / "tree/simple/sample");
    const auto wheel = write_wheel(m_house / "tree/packages", {});
    std::ofstream(m_house / "tree/simple/sample/index.v1_json")
        << R"({"meta":{"api-version":"1.1"},"name":"sample","files":[]})";
    const auto outcome = mirror({"import", "tree"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("it was removed there"));
    EXPECT_THAT(outcome.output, HasSubstr("imported 0 files"));
}

}  // namespace
}  // namespace heliograph::test_support
