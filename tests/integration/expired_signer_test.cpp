// SPDX-License-Identifier: Apache-2.0
// A signer whose certificate ran out while nobody looked, three days later by the clock of every
// program: whoever is asked says it in one sentence and ends with 6; another signer mends it all.
#include <tests/integration/household.hpp>
#include <tests/support/later.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ExpiredSigner : public ::testing::Test {
  protected:
    ExpiredSigner() {
        m_house.must("pki", {"issue", "signer", "brief", "--dir", "pki", "--days", "2"});
        m_house.must(
            "mirror",
            {"init",
             "--dir",
             "master",
             "--signer",
             "pki/issued/brief/bundle.pem",
             "--root",
             "pki/root.crt",
             "--crl",
             "pki/crl.pem"}
        );
        m_house.must("mirror", {"trust", "export", "--dir", "master", "-o", "trust.json"});
        m_house.must("mirror", {"add", "--dir", "master", m_house.make_wheel({.version = "1.0"})});
        // Its bytes are the same on every day.
        m_master.emplace(m_house.serve("master"));
        m_house.make_mirror("copy", m_master->url());
        m_house.must("mirror", {"sync", "--dir", "copy"});
        std::ofstream(m_house / "list") << m_master->url() << "\n";
        m_second = m_house.make_wheel({.version = "2.0"});
    }

    Outcome later(const std::string& program, std::vector<std::string> arguments) {
        return run(
            so_much_later(std::chrono::days(3), m_house.command(program, std::move(arguments)))
        );
    }

    std::vector<std::string> fetch_arguments() {
        return {
            "--verify",
            "sample",
            "--mirrors",
            "list",
            "--trust",
            "trust.json",
            "--dest",
            "wheels" + std::to_string(++m_fetches)};
    }

    Household m_house;
    std::optional<Serving> m_master;
    std::string m_second;
    int m_fetches = 0;
};

TEST_F(ExpiredSigner, IsNamedOnceByWhoeverIsAskedWithExitCodeSix) {
    const auto ends = [&](const std::string& advice,
                          const std::string& program,
                          const std::vector<std::string>& arguments) {
        const Outcome outcome = later(program, arguments);
        SCOPED_TRACE(program + " " + arguments.front() + ": " + outcome.errors);
        EXPECT_EQ(outcome.exit_code, 6);
        const auto first = outcome.errors.find("[signer-expired]");
        EXPECT_NE(first, std::string::npos);
        EXPECT_EQ(outcome.errors.find("[signer-expired]", first + 1), std::string::npos);
        EXPECT_THAT(
            outcome.errors,
            AllOf(HasSubstr("CN=brief"), HasSubstr("expired at "), HasSubstr(advice))
        );
    };
    const std::string mend = "mirror resign --signer BUNDLE";
    ends(mend, "mirror", {"add", "--dir", "master", m_second});
    ends(mend, "mirror", {"yank", "--dir", "master", "sample", "1.0"});
    ends(mend, "mirror", {"remove", "--dir", "master", "--project", "sample"});
    ends(mend, "mirror", {"resign", "--dir", "master"});
    ends(mend, "mirror", {"verify", "--dir", "master"});
    const std::string ask = "ask the operator of the index";
    ends(ask, "mirror", {"verify", "--dir", "copy"});
    EXPECT_THAT(later("mirror", {"verify", "--dir", "copy"}).errors, HasSubstr("mirror sync"));
    ends(ask, "mirror", {"sync", "--dir", "copy"});
    ends(ask, "fetch", fetch_arguments());
    ends(ask, "mirror", {"audit", m_master->url(), "--trust", "trust.json"});
    EXPECT_THAT(
        m_house.must("mirror", {"list", "--dir", "master", "sample"}).output,
        HasSubstr("sample-1.0")
    ) << "nothing was done";
}

// Those who pin no signature still get their files, and the operator is told at the start.
TEST_F(ExpiredSigner, IsServedOnWithAWarning) {
    const auto port_file = m_house / "later.port";
    auto command = m_house.command(
        "mirror",
        {"serve",
         "--dir",
         "master",
         "--listen",
         "127.0.0.1:0",
         "--tls",
         "pki/issued/localhost/bundle.pem",
         "--port-file",
         port_file}
    );
    Serving serving(so_much_later(std::chrono::days(3), std::move(command)), port_file);
    EXPECT_THAT(
        serving.process().wait_for_line(Stream::errors, "[signer-expired]"),
        HasSubstr("mirror resign --signer BUNDLE")
    );
    EXPECT_THAT(
        later("mirror", {"status", "--dir", "master"}).output, HasSubstr("clients refuse it")
    );
}

TEST_F(ExpiredSigner, GivesWayToAnotherAndAllIsWell) {
    const auto must = [&](const std::string& program, const std::vector<std::string>& arguments) {
        const Outcome outcome = later(program, arguments);
        EXPECT_EQ(outcome.exit_code, 0)
            << program << " " << arguments.front() << ": " << outcome.output << outcome.errors;
        return outcome.output;
    };
    must("pki", {"issue", "signer", "next", "--dir", "pki"});
    must("mirror", {"resign", "--dir", "master", "--signer", "pki/issued/next/bundle.pem"});
    must("mirror", {"add", "--dir", "master", m_second});
    must("mirror", {"verify", "--dir", "master"});
    must("mirror", {"sync", "--dir", "copy"});
    must("mirror", {"verify", "--dir", "copy"});
    EXPECT_THAT(must("fetch", fetch_arguments()), HasSubstr("by CN=next"));
}

}  // namespace
}  // namespace heliograph::test_support
