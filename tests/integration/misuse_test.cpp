// SPDX-License-Identifier: Apache-2.0
// Mistakes of an operator: the wrong key in a master's place, an output that is full. Each is a
// clear error with exit code 7, and nothing is published.
#include <tests/integration/household.hpp>
#include <tests/support/places.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Misuse : public ::testing::Test {
  protected:
    Misuse() { m_house.make_master({m_house.make_wheel({.name = "first"})}); }

    /// `mirror add` fails as a local error that names the key, and nothing changed.
    void expect_key_refused(const std::string& reason) {
        SCOPED_TRACE(reason);
        const std::string before = m_house.must("mirror", {"status", "--dir", "master"}).output;
        const fs::path wheel = m_house.make_wheel({.name = "second"});
        const Outcome outcome = m_house.run("mirror", {"add", "--dir", "master", wheel});
        EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
        EXPECT_THAT(outcome.errors, HasSubstr("keys/signer.pem"));
        EXPECT_EQ(m_house.must("mirror", {"status", "--dir", "master"}).output, before);
        m_house.must("mirror", {"verify", "--dir", "master"});
    }

    void put_key(const fs::path& bundle) {
        fs::copy_file(bundle, m_key, fs::copy_options::overwrite_existing);
    }

    Household m_house;
    fs::path m_key = m_house / "master/keys/signer.pem";
};

TEST_F(Misuse, OfAnotherKeyPublishesNothing) {
    m_house.must("pki", {"issue", "signer", "another", "--dir", "pki"});
    put_key(m_house / "pki/issued/another/bundle.pem");
    expect_key_refused("another signer of the same authority");
    put_key(m_house / "pki/issued/localhost/bundle.pem");
    expect_key_refused("the key of the server");
}

TEST_F(Misuse, OfAKeyThatOthersMayReadPublishesNothing) {
    fs::permissions(m_key, fs::perms(0644));
    expect_key_refused("mode 0644");
    fs::permissions(m_key, fs::perms(0600));
}

TEST_F(Misuse, OfADamagedFolderIsALocalFault) {
    const auto expect_local = [&](const std::vector<std::string>& arguments) {
        const Outcome outcome = m_house.run("mirror", arguments);
        EXPECT_EQ(outcome.exit_code, 7) << arguments.front() << ": " << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr("master"));
    };
    for (const std::string name : {"mirror.json", "catalog.db", "keys/signer.pem"}) {
        SCOPED_TRACE(name);
        const fs::path file = m_house / ("master/" + name);
        const fs::path kept = m_house / "kept";
        fs::copy_file(file, kept, fs::copy_options::overwrite_existing);
        std::ofstream(file, std::ios::trunc) << std::string(5000, 'x');
        expect_local({"add", "--dir", "master", m_house.make_wheel({.name = "second"})});
        if (name != "keys/signer.pem") {
            expect_local({"list", "--dir", "master"});
            expect_local({"verify", "--dir", "master"});
        }
        fs::copy_file(kept, file, fs::copy_options::overwrite_existing);
    }
    m_house.must("mirror", {"verify", "--dir", "master"});
}

TEST_F(Misuse, OfAMirrorListIsAUsageError) {
    for (const std::string text : {"", "ftp://index.example/\n", "not a URL\n"}) {
        std::ofstream(m_house / "list.txt") << text;
        const Outcome outcome = m_house.run(
            "fetch", {"first", "--mirrors", "list.txt", "--trust", "trust.json", "--dest", "out"}
        );
        EXPECT_EQ(outcome.exit_code, 2) << text << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr("list.txt"));
    }
}

// A file that has reached the size limit of its process stands for the full disk: that needs no
// device of the machine.
TEST_F(Misuse, OfAFullOutputIsNoSuccess) {
    for (const std::string arguments :
         {"list --dir master --json", "trust export --dir master", "--generate man"}) {
        const Outcome outcome = run({
            .program = "sh",
            .arguments =
                {"-c",
                 "truncate -s 2M full; trap '' XFSZ; ulimit -f 4096; exec " +
                     std::string(program_folder) + "/mirror " + arguments + " >> full"},
            .folder = m_house.folder(),
        });
        EXPECT_EQ(outcome.exit_code, 7) << arguments;
        EXPECT_THAT(outcome.errors, HasSubstr("standard output"));
    }
}

}  // namespace
}  // namespace heliograph::test_support
