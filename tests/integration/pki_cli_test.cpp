// SPDX-License-Identifier: Apache-2.0
// The program pki as people run it: its sentences, documents, exit codes and files, judged by the
// openssl command.
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <pki/x509/credential.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PkiProgram : public ::testing::Test {
  protected:
    [[nodiscard]] Command command(std::vector<std::string> arguments) const {
        return {
            .program = fs::path(program_folder) / "pki",
            .arguments = std::move(arguments),
            .environment =
                {{"HELIOGRAPH_PKI", folder().string()}, {"HOME", m_temp.path().string()}},
        };
    }
    [[nodiscard]] Outcome pki(std::vector<std::string> arguments) const {
        return run(command(std::move(arguments)));
    }
    Outcome must(std::vector<std::string> arguments) const {
        Outcome outcome = pki(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        EXPECT_EQ(outcome.errors, "");
        return outcome;
    }
    [[nodiscard]] JsonValue document(std::vector<std::string> arguments) const {
        arguments.emplace_back("--json");
        auto value = parse_json(must(std::move(arguments)).output, JsonLimits{});
        EXPECT_TRUE(value.has_value());
        return value ? *value : JsonValue();
    }

    /// Serial -> name of every row of the ledger.
    [[nodiscard]] std::map<std::string, std::string> ledger() const {
        std::map<std::string, std::string> rows;
        const JsonValue listed = document({"list"});
        const auto certificates = listed.array_member("certificates");
        EXPECT_TRUE(certificates.has_value());
        for (const JsonValue& row : **certificates) {
            const auto serial = row.text_member("serial");
            const auto name = row.text_member("name");
            EXPECT_TRUE(serial && name);
            EXPECT_TRUE(rows.emplace(*serial, *name).second) << "a serial was given twice";
        }
        return rows;
    }

    [[nodiscard]] fs::path folder() const { return m_temp / "pki"; }

    /// Every file below the authority with its bytes: what must not change.
    [[nodiscard]] std::map<std::string, Bytes> image() const {
        std::map<std::string, Bytes> files;
        for (const auto& entry : fs::recursive_directory_iterator(folder())) {
            if (entry.is_regular_file() && entry.path().filename() != "lock") {
                auto bytes = read_file(entry.path(), 16 * 1024 * 1024);
                EXPECT_TRUE(bytes.has_value());
                files.emplace(entry.path().string(), bytes ? *bytes : Bytes());
            }
        }
        return files;
    }

    test::TempFolder m_temp;
};

TEST_F(PkiProgram, MakesAnAuthorityAndPrintsTheNextSteps) {
    const Outcome made = must({"init", "--name", "Example", "--permit", "example.org"});
    EXPECT_THAT(
        made.output,
        AllOf(
            HasSubstr("Example Root"),
            HasSubstr("localhost, example.org"),
            HasSubstr("pki issue server"),
            HasSubstr("pki issue signer")
        )
    );
    const JsonValue root = document({"inspect", (folder() / "root.crt").string()});
    const auto certificates = root.array_member("certificates");
    ASSERT_TRUE(certificates.has_value());
    EXPECT_THAT(
        made.output, HasSubstr((*certificates)->front().text_member("fingerprint").value())
    );
}

TEST_F(PkiProgram, IssuesWhatTheOpensslCommandAcceptsInStrictMode) {
    must({"init"});
    must({"issue", "server", "web", "--dns", "localhost", "--ip", "127.0.0.1"});
    must({"issue", "client", "build"});
    must({"issue", "signer", "page-signer"});
    for (const auto& [name, purpose] :
         {std::pair<std::string, std::string>("web", "sslserver"),
          {"build", "sslclient"},
          {"page-signer", "any"}}) {
        const fs::path issued = folder() / "issued" / name;
        const Outcome judged = run({
            .program = "openssl",
            .arguments =
                {"verify",
                 "-x509_strict",
                 "-crl_check_all",
                 "-purpose",
                 purpose,
                 "-CAfile",
                 folder() / "root.crt",
                 "-untrusted",
                 issued / "chain.pem",
                 "-CRLfile",
                 folder() / "crl.pem",
                 issued / "cert.pem"},
        });
        EXPECT_EQ(judged.exit_code, 0) << judged.output << judged.errors;
        EXPECT_TRUE(pki::Credential::load_bundle(issued / "bundle.pem").has_value());
    }
}

TEST_F(PkiProgram, RevokesSoThatTheOpensslCommandRefuses) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const JsonValue revoked = document({"revoke", "laptop", "--reason", "key-compromise"});
    ASSERT_TRUE(revoked.array_member("revoked").has_value());
    EXPECT_EQ((*revoked.array_member("revoked"))->size(), 1U);
    const fs::path issued = folder() / "issued/laptop";
    const Outcome judged = run({
        .program = "openssl",
        .arguments =
            {"verify",
             "-crl_check_all",
             "-CAfile",
             folder() / "root.crt",
             "-untrusted",
             issued / "chain.pem",
             "-CRLfile",
             folder() / "crl.pem",
             issued / "cert.pem"},
    });
    EXPECT_NE(judged.exit_code, 0);
    EXPECT_THAT(judged.output + judged.errors, HasSubstr("certificate revoked"));
    EXPECT_THAT(must({"list"}).output, HasSubstr("revoked  client"));
}

TEST_F(PkiProgram, RefusesASecondInitAndChangesNothing) {
    must({"init"});
    must({"list"});  // Settles the ledger's log, so that the image shows what init does.
    const auto before = image();
    const Outcome again = pki({"init"});
    EXPECT_EQ(again.exit_code, 7);
    EXPECT_THAT(again.errors, AllOf(StartsWith("error: "), HasSubstr("stays as it is")));
    EXPECT_EQ(image(), before);
}

TEST_F(PkiProgram, AnswersWithTheExitCodeOfTheCause) {
    EXPECT_EQ(pki({"list"}).exit_code, 3) << "no authority";
    must({"init"});
    EXPECT_EQ(pki({"revoke", "nobody"}).exit_code, 3);
    EXPECT_EQ(pki({"inspect", "/nonexistent"}).exit_code, 3);
    EXPECT_EQ(pki({"issue", "server"}).exit_code, 2) << "no name";
    EXPECT_EQ(pki({"issue", "king", "a"}).exit_code, 2) << "no such kind";
    EXPECT_EQ(pki({"issue", "server", "../escape"}).exit_code, 2);
    EXPECT_EQ(pki({"issue", "server", "a", "--days", "0"}).exit_code, 2);
    EXPECT_EQ(pki({"issue", "server", "a", "--ip", "1.2.3"}).exit_code, 2);
    EXPECT_EQ(pki({"revoke", "a", "--reason", "boredom"}).exit_code, 2);
    EXPECT_EQ(pki({"crl", "--days", "367"}).exit_code, 2);
    EXPECT_EQ(pki({"init", "--unconstrained", "--permit", "example.org"}).exit_code, 2);
    EXPECT_EQ(ledger().size(), 2U);
}

TEST_F(PkiProgram, RefusesNamesOutsideItsConstraintsInOneSentence) {
    must({"init", "--permit", "example.org"});
    const Outcome refused = pki({"issue", "server", "web", "--dns", "www.example.com"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_EQ(refused.output, "");
    EXPECT_THAT(
        refused.errors,
        AllOf(HasSubstr("example.org"), HasSubstr("'www.example.com'"), HasSubstr("--permit"))
    );
    must({"issue", "server", "web", "--dns", "www.example.org"});
    EXPECT_EQ(ledger().size(), 3U);
}

TEST_F(PkiProgram, RefusesAKeyThatOthersCanRead) {
    must({"init"});
    fs::permissions(folder() / "private/intermediate.key", fs::perms(0644));
    const Outcome refused = pki({"issue", "client", "laptop"});
    EXPECT_EQ(refused.exit_code, 7);
    EXPECT_THAT(refused.errors, AllOf(HasSubstr("intermediate.key"), HasSubstr("chmod")));
    EXPECT_EQ(ledger().size(), 2U);
}

TEST_F(PkiProgram, NeverPrintsASecret) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const fs::path bundle = folder() / "issued/laptop/bundle.pem";
    for (const auto& arguments :
         {std::vector<std::string>{"inspect", bundle.string()},
          {"inspect", bundle.string(), "--json"},
          {"list", "--verbose"},
          {"inspect", (folder() / "private/root.key").string()}}) {
        const Outcome outcome = pki(arguments);
        EXPECT_EQ((outcome.output + outcome.errors).find("PRIVATE KEY"), std::string::npos);
    }
}

TEST_F(PkiProgram, FindsItsFolderByFlagEnvironmentCurrentFolderAndDataHome) {
    must({"init"});
    const auto list_with = [](const Command& asked) { return run(asked).exit_code; };
    Command bare = command({"list"});
    bare.environment = {{"HOME", m_temp.path().string()}};
    EXPECT_EQ(list_with(bare), 3);
    Command by_flag = bare;
    by_flag.arguments = {"list", "--dir", folder().string()};
    EXPECT_EQ(list_with(by_flag), 0);
    Command in_folder = bare;
    in_folder.folder = folder();
    EXPECT_EQ(list_with(in_folder), 0);
    Command at_home = bare;
    at_home.environment["XDG_DATA_HOME"] = (m_temp / "data").string();
    at_home.arguments = {"init"};
    EXPECT_EQ(list_with(at_home), 0);
    EXPECT_TRUE(fs::exists(m_temp / "data/heliograph/pki/root.crt"));
}

TEST_F(PkiProgram, LosesAndDoublesNothingWhenEightIssueAtOnce) {
    must({"init"});
    std::vector<Process> processes;
    processes.reserve(8);
    for (int i = 0; i < 8; ++i) {
        processes.emplace_back(command({"issue", "client", "client-" + std::to_string(i)}));
    }
    for (Process& process : processes) {
        const Outcome outcome = process.wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    }
    const auto rows = ledger();
    EXPECT_EQ(rows.size(), 10U);
    std::set<std::string> names;
    for (const auto& [serial, name] : rows) {
        names.insert(name);
    }
    EXPECT_EQ(names.size(), 10U);
    for (int i = 0; i < 8; ++i) {
        const auto bundle = folder() / "issued" / ("client-" + std::to_string(i)) / "bundle.pem";
        const auto credential = pki::Credential::load_bundle(bundle);
        ASSERT_TRUE(credential.has_value()) << credential.error().describe();
        EXPECT_EQ(rows.at(credential->leaf.serial_hex()), "client-" + std::to_string(i));
    }
}

TEST_F(PkiProgram, GivesOneNameOnceWhenFourAskForItAtOnce) {
    must({"init"});
    std::vector<Process> processes;
    processes.reserve(4);
    for (int i = 0; i < 4; ++i) {
        processes.emplace_back(command({"issue", "client", "laptop"}));
    }
    int issued = 0;
    for (Process& process : processes) {
        const Outcome outcome = process.wait();
        issued += outcome.exit_code == 0 ? 1 : 0;
        EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 7) << outcome.errors;
    }
    EXPECT_EQ(issued, 1);
    EXPECT_EQ(ledger().size(), 3U);
}

TEST_F(PkiProgram, KilledAtAnyMomentItLeavesNoUnlistedCertificate) {
    must({"init"});
    // The moments are spread over the time that one whole run takes.
    const auto begin = std::chrono::steady_clock::now();
    must({"issue", "client", "whole"});
    const auto whole = std::chrono::steady_clock::now() - begin;
    constexpr int moments = 16;
    for (int i = 0; i < moments; ++i) {
        Process process(command({"issue", "client", "client-" + std::to_string(i)}));
        const auto moment = std::chrono::steady_clock::now() + whole * i / moments;
        while (std::chrono::steady_clock::now() < moment) {
        }
        try {
            process.send_signal(SIGKILL);
        } catch (const std::runtime_error&) {
            // It was done before its moment came, on a machine that was idle again.
        }
        static_cast<void>(process.wait());
    }
    // Whoever opens the authority next to change it tidies up what kills left.
    must({"issue", "client", "afterwards"});
    const auto rows = ledger();
    for (const auto& entry : fs::directory_iterator(folder() / "issued")) {
        const auto credential = pki::Credential::load_bundle(entry.path() / "bundle.pem");
        ASSERT_TRUE(credential.has_value()) << entry.path() << credential.error().describe();
        EXPECT_EQ(rows.count(credential->leaf.serial_hex()), 1U) << entry.path();
    }
    must({"crl"});
}

}  // namespace
}  // namespace heliograph::test_support
