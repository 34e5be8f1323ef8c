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

}  // namespace
}  // namespace heliograph::test_support
