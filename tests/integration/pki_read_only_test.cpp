// SPDX-License-Identifier: Apache-2.0
// An authority in a folder that cannot be written to: every act says so in one sentence, ends as a
// local fault, and leaves each byte as it was.
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::StartsWith;

class ReadOnlyAuthority : public ::testing::Test {
  protected:
    [[nodiscard]] fs::path folder() const { return m_temp / "pki"; }

    [[nodiscard]] Outcome pki(std::vector<std::string> arguments) const {
        const std::string program = fs::path(program_folder) / "pki";
        arguments.insert(arguments.end(), {"--dir", folder()});
        return run({.program = program, .arguments = std::move(arguments)});
    }

    /// The same as somebody whom permissions bind: root gives up being above them.
    [[nodiscard]] Outcome bound_pki(std::vector<std::string> arguments) const {
        if (::geteuid() != 0) {
            return pki(std::move(arguments));
        }
        const std::string none = "-dac_override,-dac_read_search,-fowner";
        arguments.insert(
            arguments.begin(),
            {"--bounding-set", none, "--inh-caps", none, fs::path(program_folder) / "pki"}
        );
        arguments.insert(arguments.end(), {"--dir", folder()});
        return run({.program = "setpriv", .arguments = std::move(arguments)});
    }

    void forbid_writing() const {
        for (const auto& entry : fs::recursive_directory_iterator(folder())) {
            forbid(entry.path());
        }
        forbid(folder());
    }
    static void forbid(const fs::path& path) {
        fs::permissions(path, fs::perms(0222), fs::perm_options::remove);
    }
    static void allow(const fs::path& path) {
        fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    }

    [[nodiscard]] std::map<std::string, std::string> content() const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator(folder())) {
            if (entry.path().filename() == "lock") {
                continue;  // Names its last holder.
            }
            std::ifstream file(entry.path(), std::ios::binary);
            files[entry.path()] = entry.is_regular_file()
                                      ? std::string(std::istreambuf_iterator<char>(file), {})
                                      : std::string("folder");
        }
        return files;
    }

    void expect_refused_without_a_trace() const {
        const auto before = content();
        const std::vector<std::vector<std::string>> acts{
            {"issue", "client", "second"},
            {"renew", "first"},
            {"rekey", "first"},
            {"revoke", "first"},
            {"crl"}};
        for (const auto& act : acts) {
            const Outcome outcome = bound_pki(act);
            EXPECT_EQ(outcome.exit_code, 7) << act.front() << ": " << outcome.errors;
            EXPECT_THAT(outcome.errors, StartsWith("error: ")) << act.front();
            EXPECT_TRUE(content() == before) << act.front() << " changed a file";
        }
    }

    /// What only asks takes no lock and makes no file.
    void expect_questions_answered() const {
        const auto before = content();
        const std::vector<std::vector<std::string>> questions{
            {"list"}, {"show", "first"}, {"crl", "--check"}};
        for (const auto& question : questions) {
            const Outcome outcome = bound_pki(question);
            EXPECT_EQ(outcome.exit_code, 0) << question.front() << ": " << outcome.errors;
        }
        EXPECT_TRUE(content() == before);
    }

    heliograph::test::TempFolder m_temp;
};

TEST_F(ReadOnlyAuthority, SaysSoAndChangesNothing) {
    ASSERT_EQ(pki({"init"}).exit_code, 0);
    ASSERT_EQ(pki({"issue", "client", "first"}).exit_code, 0);
    forbid_writing();
    expect_refused_without_a_trace();
    expect_questions_answered();
    // The files may be written and no name made beside them: the ledger needs its journal.
    allow(folder() / "lock");
    allow(folder() / "ledger.db");
    expect_refused_without_a_trace();
    for (const char* place : {"", "issued", "ocsp"}) {
        allow(folder() / place);
    }
    EXPECT_EQ(pki({"issue", "client", "second"}).exit_code, 0);
}

}  // namespace
}  // namespace heliograph::test_support
