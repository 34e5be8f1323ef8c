// SPDX-License-Identifier: Apache-2.0
// What verify is given to look at does its best to be taken for something else.
#include <tests/integration/verify_program.hpp>
#include <verify/index/root_list.hpp>

#include <gmock/gmock.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HostileThing : public VerifyProgram {
  protected:
    void expect_end(int code, const std::string& words, const std::vector<std::string>& arguments)
        const {
        const Outcome outcome = verify(arguments);
        EXPECT_EQ(outcome.exit_code, code) << outcome.output << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr(words));
    }
};

TEST_F(HostileThing, IsNoCopyBecauseItSaysSo) {
    write_copy("honest");
    for (const auto* place : {"simple", "serversig"}) {
        fs::create_directories(m_folder / "wheels" / place);
    }
    write("wheels/" + wheel_name, "evil bytes");
    write("wheels/simple/index.json", verify::render_root({{7}, {}}, verify::PageForm::json));
    expect_end(2, "--copy", {"tree", "wheels"});
    expect_end(2, "--copy", {"tree", "wheels", "--offline", "--pages", "honest"});
    expect_end(1, "distribution-misplaced", {"tree", "wheels", "--copy", "--offline"});
    fs::remove_all(m_folder / "wheels/serversig");
    expect_end(1, "file-length-mismatch", {"tree", "wheels", "--offline", "--pages", "honest"});
    write("wheels/mirror.json", "{}");
    expect_end(2, "--copy", {"tree", "wheels", "--offline", "--pages", "honest"});
    write_copy("honest");
    expect_end(2, "--pages", {"tree", "honest", "--copy", "--pages", "honest"});
    expect_end(3, "none", {"tree", "none", "--copy"});
}

TEST_F(HostileThing, IsADistributionUnderEveryNameThatPipInstalls) {
    fs::create_directories(m_folder / "wheels/below");
    write("wheels/" + wheel_name, wheel_bytes);
    write_lock(wheel_bytes);
    fs::create_directory(m_folder / "elsewhere");
    const std::vector<std::string> by_pages{"tree", "wheels"};
    const std::vector<std::string> by_lock{"lock", "requirements.txt", "--files", "wheels"};
    for (const auto& arguments : {by_pages, by_lock}) {
        EXPECT_EQ(verify(arguments).exit_code, 0);
    }
    for (const auto* ending : {"tar.bz2", "tbz", "tgz", "tar", "tar.xz", "txz", "tlz", "tar.lz"}) {
        const std::string name = "demo-1.0." + std::string(ending);
        write("wheels/below/" + name, "evil");
        for (const auto& arguments : {by_pages, by_lock}) {
            expect_end(1, name, arguments);
        }
        fs::remove(m_folder / "wheels/below" / name);
    }
    fs::create_directory_symlink("../elsewhere", m_folder / "wheels/linked");
    for (const auto& arguments : {by_pages, by_lock}) {
        expect_end(4, "not-checked", arguments);
    }
}

TEST_F(HostileThing, ProvesNothingByAListThatNobodySigned) {
    const auto nothing = verify::render_root({{7}, {}}, verify::PageForm::json);
    m_one.on("/simple/", ok(nothing, "application/vnd.pypi.simple.v1+json"));
    m_one.on("/last-modified", ok(format_last_modified(m_clock.now())));
    expect_end(4, "nothing-signed", {"index", m_one.url()});
    m_one.on("/last-modified", ok("21990101T00:00:00\n"));
    expect_end(6, "mirror-clock-ahead", {"index", m_one.url(), "--project", "demo"});
}

TEST_F(HostileThing, ShowsNoOtherPageToThoseWhoReadHtml) {
    const std::vector<std::string> arguments{
        "index", m_two.url(), "--project", "demo", "--sample", "0", "--max-age", "48"};
    m_two.on("/last-modified", ok(format_last_modified(m_clock.now())));
    EXPECT_EQ(verify(arguments).exit_code, 0) << verify(arguments).errors;
    const verify::ProjectPage empty{.name = page_of_demo().name, .serial = {7}, .files = {}};
    const auto other = render_page_html(empty);
    const auto serve_html = [&](const std::string& html) {
        m_two.otherwise([page = ok(m_page), html = ok(html)](const Request& request) {
            return request.header("Accept").starts_with("text/html") ? html : page;
        });
    };
    serve_html(other);
    expect_end(1, "page-signature-invalid", arguments);
    m_two.on("/serversig/demo", ok(signed_by_signer(other)));
    expect_end(1, "page-forms-differ", arguments);
}

TEST_F(HostileThing, CannotForetellWhichFilesAreLookedAt) {
    const std::vector<std::string> arguments{"index", m_two.url(), "--project", "demo"};
    const auto first = verify(arguments).errors;
    EXPECT_THAT(first, HasSubstr("--seed "));
    const auto seed_in = [](const std::string& text) {
        const auto at = text.find("--seed ") + 7;
        return text.substr(at, text.find(' ', at) - at);
    };
    EXPECT_NE(seed_in(first), seed_in(verify(arguments).errors));
    auto again = arguments;
    again.insert(again.end(), {"--seed", seed_in(first)});
    EXPECT_EQ(seed_in(verify(again).errors), seed_in(first));
}

TEST_F(HostileThing, KeepsNoReportFromBeingWritten) {
    fs::create_directory(m_folder / "wheels");
    write("wheels/" + wheel_name, wheel_bytes + "?");
    expect_end(
        1,
        "none/x.xml",
        {"tree", "wheels", "--format", "junit=none/x.xml", "--format", "sarif=out.sarif"}
    );
    EXPECT_TRUE(fs::exists(m_folder / "out.sarif"));
    fs::remove_all(m_folder / ".local");
    fs::create_symlink("/proc/none", m_folder / ".local");
    expect_end(1, "file-length-mismatch", {"tree", "wheels", "--format", "sarif=two.sarif"});
    EXPECT_TRUE(fs::exists(m_folder / "two.sarif"));
    expect_end(0, "not remembered", {"file", wheel_name});
}

TEST_F(HostileThing, IsALockThatPipReadsOtherwise) {
    write_lock(wheel_bytes);
    auto lock = std::string(text_of(sure(read_file(m_folder / "requirements.txt", 4096))));
    lock.insert(lock.size() - 1, "  # via\revil==9 --hash=sha256:" + std::string(64, 'a'));
    write("requirements.txt", lock);
    expect_end(2, "line 1", {"lock", "requirements.txt", "--format", "sarif=out.sarif"});
    EXPECT_TRUE(fs::exists(m_folder / "out.sarif"));
    write("requirements.txt", "--strange\n");
    const Outcome told = verify({"lock", "requirements.txt", "--format", "github"});
    EXPECT_EQ(told.exit_code, 2);
    EXPECT_THAT(told.output, HasSubstr("::error file=requirements.txt,title=not-checked::"));
}

TEST_F(HostileThing, GivesNoCommandToTheRunnerThatReadsTheOutput) {
    fs::create_directory(m_folder / "wheels");
    write("wheels/##[stop-commands]x.whl", "evil");
    for (const auto& form : {"github", "json", "sarif", "junit", "gitlab", "text"}) {
        const Outcome outcome = verify({"tree", "wheels", "--format", form});
        EXPECT_EQ(outcome.exit_code, 1);
        EXPECT_THAT(outcome.output + outcome.errors, HasSubstr("stop-commands")) << form;
        EXPECT_THAT(outcome.output + outcome.errors, Not(HasSubstr("##["))) << form;
    }
    EXPECT_THAT(verify({"tree", "wheels", "--json"}).output, Not(HasSubstr("##[")));
}

TEST_F(HostileThing, IsToldAtTheLineOfTheLock) {
    write(
        "requirements.txt",
        "# locked\n\ndemo==1.0 --hash=sha256:" + std::string(64, 'a') +
            "\n"
            "nope==1 --hash=sha256:" +
            std::string(64, 'b') + "\n"
    );
    const Outcome told = verify({"lock", "requirements.txt", "--format", "github"});
    EXPECT_EQ(told.exit_code, 3) << told.errors;
    EXPECT_THAT(told.output, HasSubstr("file=requirements.txt,line=3,title=locked-file-missing::"));
    EXPECT_THAT(told.output, HasSubstr("file=requirements.txt,line=4,title=project-not-found::"));
}

TEST_F(HostileThing, HidesNothingBehindAFileThatCannotBeRead) {
    fs::create_directories(m_folder / "wheels/below");
    fs::create_symlink("/proc/self/mem", m_folder / "wheels" / wheel_name);  // Reads as EIO.
    write("wheels/below/" + wheel_name, wheel_bytes + "?");
    expect_end(1, "file-length-mismatch", {"tree", "wheels", "--format", "sarif=out.sarif"});
    EXPECT_TRUE(fs::exists(m_folder / "out.sarif"));
}

}  // namespace
}  // namespace heliograph::test_support
