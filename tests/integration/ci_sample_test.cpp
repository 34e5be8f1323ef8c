// SPDX-License-Identifier: Apache-2.0
// The samples for CI services, without the services: what their YAML would run is run against a
// served mirror.
#include <tests/integration/household.hpp>
#include <tests/support/places.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Prints the commands of a sample as a script: the variables of a job, then what it runs. Of hooks,
// the entry with those of the given files that its pattern wants.
constexpr const char* script_of_sample = R"(
import os, re, shlex, sys, yaml
sample = yaml.safe_load(open(sys.argv[1]))
jobs = sample.get("jobs", sample).values() if "repos" not in sample else []
for job in jobs:
    for name, value in job.get("env", job.get("variables", {})).items():
        value = re.sub(r"\$\{\{ vars\.(\w+) \}\}", lambda found: os.environ[found[1]], value)
        print("export " + name + "=" + shlex.quote(value))
    for step in job.get("steps", [{"run": line} for line in job.get("script", [])]):
        if "run" in step:
            print(step["run"])
for hook in [hook for repo in sample.get("repos", []) for hook in repo["hooks"]]:
    wanted = [name for name in sys.argv[2:] if re.search(hook["files"], name)]
    if wanted:
        print(hook["entry"] + " " + " ".join(map(shlex.quote, wanted)))
)";

class CiSample : public ::testing::Test {
  protected:
    CiSample() {
        const auto wheel = m_house.make_wheel();
        const auto other = m_house.make_wheel({.name = "colours"});
        m_house.make_master({wheel, other});
        m_other_hash = sha256_hex(read_text(other));
        m_master.emplace(m_house.serve("master"));
        write("mirrors.txt", m_master->url() + "\n");
        lock(sha256_hex(read_text(wheel)));
        const auto shown = start("bash", {"-c", "verify trust trust.json --quiet"}).output;
        m_fingerprint = shown.substr(shown.find(' ') + 1, shown.size() - shown.find(' ') - 2);
    }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(m_house / name) << text;
    }
    void lock(const std::string& hash) const {
        write("requirements.txt", "sample==1.0 --hash=sha256:" + hash + "\n");
    }

    [[nodiscard]] Outcome start(
        const std::string& program, const std::vector<std::string>& arguments
    ) const {
        auto command = m_house.command(program, arguments);
        command.program = program;
        const char* path = std::getenv("PATH");
        command.environment["HELIOGRAPH_FINGERPRINT"] = m_fingerprint;
        command.environment["PATH"] =
            std::string(program_folder) + ":" + (path == nullptr ? "" : path);
        return test_support::run(command);
    }

    /// Runs what the sample says, as a runner would: up to the first command that fails.
    [[nodiscard]] Outcome run_sample(
        const std::string& sample, const std::vector<std::string>& files = {}
    ) const {
        std::vector<std::string> arguments{
            "-c", script_of_sample, fs::path(source_folder) / "samples" / sample};
        arguments.insert(arguments.end(), files.begin(), files.end());
        const Outcome script = start("/usr/bin/python3", arguments);
        EXPECT_EQ(script.exit_code, 0) << script.errors;
        return start("bash", {"-euc", script.output});
    }

    Household m_house;
    std::optional<Serving> m_master;
    std::string m_fingerprint;  ///< As the settings of the project would state it.
    std::string m_other_hash;
};

constexpr const char* workflow = "github/verify-packages.yml";
constexpr const char* job = "gitlab/verify-packages.yml";
constexpr const char* hook = "pre-commit/.pre-commit-config.yaml";

TEST_F(CiSample, LetsAnHonestLockPass) {
    const Outcome on_github = run_sample(workflow);
    EXPECT_EQ(on_github.exit_code, 0) << on_github.errors;
    EXPECT_THAT(on_github.output, HasSubstr("::notice title=verify lock::verified 1 of 1\n"));
    EXPECT_TRUE(fs::exists(m_house / "lock.sarif"));
    fs::remove_all(m_house / "wheelhouse");
    const Outcome on_gitlab = run_sample(job);
    EXPECT_EQ(on_gitlab.exit_code, 0) << on_gitlab.errors;
    for (const auto* name : {"lock.xml", "lock.json", "wheelhouse.xml", "wheelhouse"}) {
        EXPECT_TRUE(fs::exists(m_house / name)) << name;
    }
}

TEST_F(CiSample, FailsAndReportsWhenTheLockNamesOtherBytes) {
    lock(std::string(64, 'a'));
    const Outcome on_github = run_sample(workflow);
    EXPECT_EQ(on_github.exit_code, 3);
    EXPECT_THAT(on_github.output, HasSubstr("::error "));
    EXPECT_THAT(read_text(m_house / "lock.sarif"), HasSubstr("locked-file-missing"));
    EXPECT_EQ(run_sample(job).exit_code, 3);
    EXPECT_THAT(read_text(m_house / "lock.xml"), HasSubstr("<failure "));
    EXPECT_THAT(read_text(m_house / "lock.json"), HasSubstr("locked-file-missing"));
    EXPECT_FALSE(fs::exists(m_house / "wheelhouse")) << "nothing was fetched behind the failure";
    EXPECT_EQ(run_sample(hook, {"requirements.txt"}).exit_code, 3);
}

TEST_F(CiSample, LetsALockWithMarkersPass) {
    std::ofstream(m_house / "requirements.txt", std::ios::app)
        << "colours==1.0 ; sys_platform == 'win32' --hash=sha256:" << m_other_hash << "\n";
    const Outcome on_github = run_sample(workflow);
    EXPECT_EQ(on_github.exit_code, 0) << on_github.errors;
    EXPECT_THAT(on_github.output, HasSubstr("::warning file=wheelhouse,title=locked-file-missing"));
    fs::remove_all(m_house / "wheelhouse");
    const Outcome on_gitlab = run_sample(job);
    EXPECT_EQ(on_gitlab.exit_code, 0) << on_gitlab.errors;
}

TEST_F(CiSample, BelievesNoTrustThatTheChangeBrings) {
    m_fingerprint = std::string(64, 'a');
    for (const auto* sample : {workflow, job}) {
        const Outcome outcome = run_sample(sample);
        EXPECT_EQ(outcome.exit_code, 1);
        EXPECT_THAT(outcome.errors, HasSubstr("another bundle"));
        EXPECT_FALSE(fs::exists(m_house / "wheelhouse"));
    }
    m_fingerprint.clear();
    EXPECT_EQ(run_sample(workflow).exit_code, 2) << "no variable is no demand";
}

TEST_F(CiSample, HooksLocksAlone) {
    const Outcome lock = run_sample(hook, {"README.md", "requirements.txt", "pyproject.toml"});
    EXPECT_EQ(lock.exit_code, 0) << lock.errors;
    EXPECT_THAT(lock.output, HasSubstr("verified 1 of 1 item"));
    EXPECT_EQ(run_sample(hook, {"README.md", "pyproject.toml", "x-pylock.toml"}).output, "");
}

}  // namespace
}  // namespace heliograph::test_support
