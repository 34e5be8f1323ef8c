// SPDX-License-Identifier: Apache-2.0
// `pki backup` and `pki restore` as people run them, also while others issue.
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>
#include <tests/support/failing_system.hpp>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class PkiBackup : public PkiHouse {
  protected:
    PkiBackup() {
        must({"init"});
        must({"issue", "client", "laptop"});
        put("secret", "horse battery\n");
    }
    std::string back_up() const {
        return must({"backup", "pki.backup", "--passphrase-file", "secret"});
    }
    [[nodiscard]] Outcome restore(const std::string& folder) const {
        return pki({"restore", "pki.backup", "--dir", folder, "--passphrase-file", "secret"});
    }
};

TEST_F(PkiBackup, BringsBackAnAuthorityThatWorks) {
    back_up();
    std::filesystem::rename(file("pki"), file("burnt"));
    const Outcome restored = restore("pki");
    EXPECT_EQ(restored.exit_code, 0) << restored.errors;
    EXPECT_THAT(restored.output, AllOf(HasSubstr("heliograph Root"), HasSubstr("pki crl")));
    must({"crl"});
    EXPECT_EQ(must({"show", "laptop"}).empty(), false);
    must({"issue", "server", "localhost"});
    tool(
        "openssl",
        {"verify",
         "-x509_strict",
         "-crl_check_all",
         "-CAfile",
         file("pki/root.crt"),
         "-CRLfile",
         file("pki/crl.pem"),
         "-untrusted",
         file("pki/intermediate.crt"),
         file("pki/issued/laptop/cert.pem")}
    );
    EXPECT_EQ(must({"backup", "again", "--passphrase-file", "secret"}).empty(), false);
}

TEST_F(PkiBackup, EndsByCauseAndTouchesNothing) {
    back_up();
    EXPECT_EQ(restore("pki").exit_code, 7) << "it exists";
    put("wrong", "donkey\n");
    const Outcome denied =
        pki({"restore", "pki.backup", "--dir", "new", "--passphrase-file", "wrong"});
    EXPECT_EQ(denied.exit_code, 7);
    EXPECT_THAT(denied.errors, HasSubstr("expected the passphrase of this file"));
    put("pki.backup", content("pki.backup").substr(0, 5000));
    const Outcome cut = restore("new");
    EXPECT_EQ(cut.exit_code, 1);
    EXPECT_THAT(cut.errors, HasSubstr("altered or cut"));
    EXPECT_EQ(
        pki({"restore", "absent", "--dir", "new", "--passphrase-file", "secret"}).exit_code, 3
    );
    EXPECT_FALSE(exists("new"));
}

// Killed anywhere, it leaves no folder of the final name or a whole one, and can be run again.
// There is no terminal here: whoever is asked ends with 2.
TEST_F(PkiBackup, AsksForNoPassphraseInVain) {
    EXPECT_EQ(pki({"restore", "none.backup", "--dir", "new"}).exit_code, 3);
    EXPECT_EQ(pki({"backup", "pki.backup", "--dir", "none"}).exit_code, 3);
    EXPECT_EQ(pki({"backup", "pki.backup"}).exit_code, 2);
}

TEST_F(PkiBackup, KilledWhileItRestoresLeavesNoHalfAuthority) {
    back_up();
    const auto root = file("");
    for (std::uint64_t nth = 3;; nth *= 10) {
        const FaultyRun killed = run_with(
            KillNth{nth},
            root,
            command({"restore", "pki.backup", "--dir", "new", "--passphrase-file", "secret"})
        );
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            EXPECT_GT(nth, 30U);
            break;
        }
        EXPECT_FALSE(exists("new"));
    }
    must({"issue", "client", "after", "--dir", "new"});
}

TEST_F(PkiBackup, KilledWhileItBacksUpLeavesNoHalfFile) {
    const auto root = file("");
    for (std::uint64_t nth = 3;; nth *= 10) {
        const FaultyRun killed = run_with(
            KillNth{nth}, root, command({"backup", "pki.backup", "--passphrase-file", "secret"})
        );
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            break;
        }
        EXPECT_FALSE(exists("pki.backup"));
    }
    EXPECT_EQ(restore("new").exit_code, 0);
    for (const auto& entry : std::filesystem::directory_iterator(file("new/issued"))) {
        EXPECT_EQ(entry.path().filename(), "laptop") << "the left-overs of a killed run are gone";
    }
}

TEST_F(PkiBackup, IsConsistentWhileOthersIssue) {
    std::vector<Process> issuers;
    for (int i = 0; i < 6; ++i) {
        issuers.emplace_back(command({"issue", "client", "c" + std::to_string(i)}));
    }
    back_up();
    for (Process& issuer : issuers) {
        EXPECT_EQ(issuer.wait().exit_code, 0);
    }
    EXPECT_EQ(restore("new").exit_code, 0);
    // Whatever is in it is there with its row, and every row has its files. Lists newer than those
    // in it may be out there.
    const Outcome told = pki({"list", "--dir", "new", "--json"});
    EXPECT_EQ(told.exit_code, 0);
    EXPECT_THAT(told.errors, HasSubstr("run pki crl"));
    must({"crl", "--dir", "new"});
    const auto listed = parse_json(must({"list", "--dir", "new", "--json"}), JsonLimits{});
    ASSERT_TRUE(listed.has_value());
    std::size_t clients = 0;
    for (const JsonValue& row : **listed->array_member("certificates")) {
        if (row.text_member("kind").value() == "client") {
            ++clients;
            EXPECT_TRUE(exists("new/issued/" + row.text_member("name").value() + "/bundle.pem"));
        }
    }
    std::size_t folders = 0;
    for (const auto& entry : std::filesystem::directory_iterator(file("new/issued"))) {
        folders += entry.is_directory() ? 1U : 0U;
    }
    EXPECT_EQ(clients, folders);
    EXPECT_GE(clients, 1U);
}

}  // namespace
}  // namespace heliograph::test_support
