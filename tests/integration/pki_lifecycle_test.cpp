// SPDX-License-Identifier: Apache-2.0
// The life of certificates through the program pki, judged by the tools that people have: openssl
// in strict mode, GnuTLS certtool, NSS certutil.
#include <pki/authority/authority.hpp>
#include <pki/x509/credential.hpp>
#include <tests/integration/pki_life.hpp>
#include <tests/support/fake_clock.hpp>

#include <chrono>
#include <csignal>
#include <set>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(PkiLifecycle, OfEveryKindPassesOpensslInStrictMode) {
    must({"init", "--permit", "dns:example.org"});
    must({"issue", "peer", "node", "--dns", "node.example.org"});
    must({"issue", "client", "build", "--email", "build@example.org", "--role", "runner"});
    must({"issue", "ocsp", "responder"});
    must({"issue", "server", "web", "--dns", "*.web.example.org", "--key-type", "p384"});
    expect_strict(issued("node"), "sslserver");
    expect_strict(issued("node"), "sslclient");
    expect_strict(issued("build"), "sslclient");
    expect_strict(issued("responder"), "any");
    expect_strict(issued("web"), "sslserver");
    EXPECT_THAT(must({"show", "build"}).output, HasSubstr("spiffe://heliograph/runner/build"));
}

TEST_F(PkiLifecycle, PassesGnutls) {
    must({"init"});
    must({"issue", "server", "localhost", "--dns", "localhost", "--ip", "127.0.0.1"});
    const Outcome judged = run({
        .program = "certtool",
        .arguments =
            {"--verify",
             "--verify-profile",
             "medium",
             "--verify-hostname",
             "localhost",
             "--load-ca-certificate",
             folder() / "root.crt",
             "--infile",
             issued("localhost") / "chain.pem"},
    });
    EXPECT_EQ(judged.exit_code, 0) << judged.output << judged.errors;
    EXPECT_THAT(judged.output, HasSubstr("The certificate is trusted."));
}

TEST_F(PkiLifecycle, PassesNss) {
    must({"init"});
    must({"issue", "server", "localhost"});
    must({"issue", "client", "laptop"});
    must({"issue", "peer", "node.localhost", "--key-type", "rsa3072"});
    const std::string database = "sql:" + (m_temp / "nss").string();
    fs::create_directory(m_temp / "nss");
    const auto certutil = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"-d", database});
        const Outcome outcome = run({.program = "certutil", .arguments = std::move(arguments)});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    };
    certutil({"-N", "--empty-password"});
    certutil({"-A", "-n", "root", "-t", "CT,,", "-i", folder() / "root.crt"});
    certutil({"-A", "-n", "intermediate", "-t", ",,", "-i", folder() / "intermediate.crt"});
    certutil({"-A", "-n", "server", "-t", ",,", "-i", issued("localhost") / "cert.pem"});
    certutil({"-A", "-n", "client", "-t", ",,", "-i", issued("laptop") / "cert.pem"});
    certutil({"-A", "-n", "peer", "-t", ",,", "-i", issued("node.localhost") / "cert.pem"});
    certutil({"-V", "-n", "server", "-u", "V", "-e"});
    certutil({"-V", "-n", "peer", "-u", "V", "-e"});
    certutil({"-V", "-n", "peer", "-u", "C", "-e"});
    certutil({"-V", "-n", "client", "-u", "C", "-e"});
}

TEST_F(PkiLifecycle, SignsARequestAndRefusesABadOneInOneSentence) {
    must({"init"});
    const auto request = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{
            "req",
            "-new",
            "-noenc",
            "-keyout",
            m_temp / "key",
            "-config",
            "/dev/null",
            "-out",
            m_temp / "web.csr",
            "-subj",
            "/CN=web",
            "-addext",
            "subjectAltName=DNS:localhost"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        EXPECT_EQ(run({.program = "openssl", .arguments = arguments}).exit_code, 0);
    };
    request({"-newkey", "rsa:1024"});
    EXPECT_EQ(pki({"sign", (m_temp / "web.csr").string()}).exit_code, 1);
    request({"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"});
    must({"sign", (m_temp / "web.csr").string()});
    expect_strict(issued("web"), "sslserver");
    EXPECT_EQ(pki({"sign", (folder() / "root.crt").string()}).exit_code, 1);
    EXPECT_EQ(pki({"sign", "/nonexistent"}).exit_code, 3);
    EXPECT_EQ(count_of({"list"}), 3U);
}

TEST_F(PkiLifecycle, KeepsItsKeysUnderAPassphrase) {
    const auto secret = [&](const std::string& name, std::string_view text) {
        const fs::path file = m_temp / name;
        EXPECT_TRUE(write_file_atomically(file, bytes_of(text), FileAccess::owner_only).has_value()
        );
        return file.string();
    };
    const std::string right = secret("right", "correct horse battery\n");
    must({"init", "--passphrase-file", right});
    for (const char* name : {"root.key", "intermediate.key"}) {
        const auto text = read_file(folder() / "private" / name, 1 << 16);
        ASSERT_TRUE(text.has_value());
        EXPECT_THAT(std::string(text_of(*text)), HasSubstr("BEGIN ENCRYPTED PRIVATE KEY"));
    }
    must({"issue", "client", "laptop", "--passphrase-file", right});
    must({"revoke", "laptop", "--passphrase-file", right});
    must({"rollover", "start", "intermediate", "--passphrase-file", right});
    const auto rolled = read_file(folder() / "private/intermediate-2.key", 1 << 16);
    ASSERT_TRUE(rolled.has_value());
    EXPECT_THAT(std::string(text_of(*rolled)), HasSubstr("BEGIN ENCRYPTED PRIVATE KEY"));
    EXPECT_EQ(
        pki({"issue", "client", "a", "--passphrase-file", secret("wrong", "wrong\n")}).exit_code, 7
    );
    EXPECT_NE(pki({"issue", "client", "a"}).exit_code, 0) << "nobody is there to be asked";
    EXPECT_EQ(count_of({"list"}), 4U);
}

TEST_F(PkiLifecycle, ListsByStateAndTime) {
    must({"init"});
    must({"issue", "server", "localhost", "--days", "5"});
    must({"issue", "client", "one", "two"});
    must({"revoke", "two"});
    EXPECT_EQ(count_of({"list", "--expiring", "14d"}), 1U);
    EXPECT_EQ(count_of({"list", "--expiring", "24h"}), 0U);
    EXPECT_EQ(count_of({"list", "--revoked"}), 1U);
    EXPECT_EQ(pki({"list", "--expiring", "soon"}).exit_code, 2);
    EXPECT_EQ(pki({"show", "nobody"}).exit_code, 3);
    EXPECT_THAT(must({"crl", "--check"}).output, HasSubstr("fresh"));
    EXPECT_THAT(must({"crl", "--if-due"}).output, HasSubstr("nothing to do"));
}

TEST_F(PkiLifecycle, ListsThatBeginAfterNowAreAMatterOfTheClock) {
    // Made by a machine whose clock is ahead, an hour of ours.
    const test::FakeClock ahead(SystemClock().now() + std::chrono::hours(1));
    ASSERT_TRUE(pki::Authority::build(folder(), {}, ahead).has_value());
    const Outcome checked = pki({"crl", "--check"});
    EXPECT_EQ(checked.exit_code, 6);
    EXPECT_THAT(checked.output, AllOf(HasSubstr("clock"), Not(HasSubstr("fresh"))));
    EXPECT_THAT(pki({"crl", "--check", "--json"}).output, HasSubstr("\"state\": \"clock\""));
    const auto before = read_file(folder() / "crl.pem", 1 << 16);
    const Outcome due = pki({"crl", "--if-due"});
    EXPECT_EQ(due.exit_code, 6);
    EXPECT_THAT(due.errors, HasSubstr("check the clock"));
    EXPECT_EQ(before.value(), read_file(folder() / "crl.pem", 1 << 16).value());
    EXPECT_THAT(pki({"list"}).errors, HasSubstr("check the clock"));
}

TEST_F(PkiLifecycle, TakesReasonsAsTheStandardSpellsThem) {
    must({"init"});
    must({"issue", "client", "laptop"});
    const Outcome unknown = pki({"revoke", "laptop", "--reason", "lost"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(
        unknown.errors,
        AllOf(HasSubstr("key-compromise (keyCompromise)"), HasSubstr("privilege-withdrawn"))
    );
    must({"revoke", "laptop", "--reason", "keyCompromise"});
    EXPECT_THAT(must({"show", "laptop"}).output, HasSubstr("key-compromise"));
}

TEST_F(PkiLifecycle, RevokesSeveralOnlyWhenTold) {
    must({"init"});
    must({"issue", "client", "laptop"});
    must({"rekey", "laptop"});
    const Outcome refused = pki({"revoke", "laptop"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("--all"));
    must({"revoke", "laptop", "--all"});
    EXPECT_EQ(count_of({"list", "--revoked"}), 2U);
}

TEST_F(PkiLifecycle, ARefusedCommandIssuesNoneOfItsNames) {
    must({"init"});
    must({"issue", "server", "m2.localhost"});
    const std::string list = "{\"name\":\"m1.localhost\"}\n{\"name\":\"m2.localhost\"}\n";
    ASSERT_TRUE(write_file_atomically(m_temp / "m.jsonl", bytes_of(list)).has_value());
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"issue", "server", "--from", m_temp / "m.jsonl"},
             {"issue", "server", "--from", m_temp / "m.jsonl", "--out", m_temp / "out"},
             {"issue", "server", "--from", m_temp / "m.jsonl", "--archive", m_temp / "m.tar"},
             {"issue", "server", "m1.localhost", "m2.localhost"}}) {
        const Outcome refused = pki(words);
        EXPECT_EQ(refused.exit_code, 7);
        EXPECT_THAT(refused.errors, HasSubstr("no valid certificate of the name m2.localhost"));
    }
    EXPECT_EQ(pki({"issue", "server", "ee.localhost", "bad.example.org"}).exit_code, 2);
    EXPECT_EQ(count_of({"list"}), 3U);
    EXPECT_FALSE(fs::exists(m_temp / "out"));
    EXPECT_FALSE(fs::exists(m_temp / "m.tar"));
    EXPECT_FALSE(fs::exists(folder() / "issued/m1.localhost"));
}

TEST_F(PkiLifecycle, WhatIsInAnArchiveIsRekeyedIntoAFolder) {
    must({"init"});
    must({"issue", "client", "folded", "--days", "3"});
    ASSERT_TRUE(
        write_file_atomically(m_temp / "m.jsonl", bytes_of(std::string(R"({"name":"packed"})")))
            .has_value()
    );
    must({"issue", "client", "--from", m_temp / "m.jsonl", "--archive", m_temp / "m.tar"});
    const Outcome renewed = pki({"renew", "packed"});
    EXPECT_EQ(renewed.exit_code, 3);
    EXPECT_THAT(renewed.errors, AllOf(HasSubstr("m.tar"), HasSubstr("pki rekey packed")));
    const Outcome due = pki({"renew", "--due", "--within", "1/1"});
    EXPECT_EQ(due.exit_code, 0) << due.errors;
    EXPECT_THAT(due.errors, HasSubstr("pki rekey packed"));
    fs::remove(m_temp / "m.tar");
    must({"rekey", "packed"});
    EXPECT_TRUE(pki::Credential::load_bundle(folder() / "issued/packed/bundle.pem").has_value());
    must({"renew", "packed"});
    EXPECT_FALSE(fs::exists(m_temp / "m.tar"));
}

TEST_F(PkiLifecycle, ARevocationStandsWithItsTimeAndReason) {
    must({"init"});
    must({"issue", "client", "laptop"});
    must({"revoke", "laptop", "--reason", "superseded"});
    const Outcome again = pki({"revoke", "laptop"});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_THAT(again.output + again.errors, HasSubstr("is revoked already, since"));
    EXPECT_THAT(again.output + again.errors, HasSubstr("superseded"));
    EXPECT_EQ(pki({"revoke", "laptop", "--reason", "superseded"}).exit_code, 0);
    const Outcome other = pki({"revoke", "laptop", "--reason", "key-compromise"});
    EXPECT_EQ(other.exit_code, 1);
    EXPECT_THAT(other.errors, HasSubstr("which was revoked at"));
    EXPECT_THAT(must({"show", "laptop"}).output, HasSubstr("superseded"));
}

TEST_F(PkiLifecycle, SaysThatTheLedgerIsGoneOrDamaged) {
    must({"init"});
    fs::rename(folder() / "ledger.db", m_temp / "ledger.db");
    const Outcome gone = pki({"issue", "client", "a"});
    EXPECT_EQ(gone.exit_code, 7);
    EXPECT_THAT(gone.errors, HasSubstr("ledger.db"));
    EXPECT_THAT(gone.errors, HasSubstr("pki restore"));
    EXPECT_THAT(gone.errors, Not(HasSubstr("pki init")));
    ASSERT_TRUE(
        write_file_atomically(folder() / "ledger.db", bytes_of(std::string(9000, 'x'))).has_value()
    );
    for (const char* verb : {"list", "crl"}) {
        const Outcome damaged = pki({verb});
        EXPECT_EQ(damaged.exit_code, 7) << damaged.errors;
        EXPECT_THAT(damaged.errors, HasSubstr("pki restore"));
        EXPECT_EQ(damaged.errors.find("ledger.db"), damaged.errors.rfind("ledger.db"));
    }
}

TEST_F(PkiLifecycle, TakesAnEmptyLedgerForNoneAndWritesNothingIntoIt) {
    must({"init"});
    const auto cut = [this](const std::string& bytes) {
        fs::remove(folder() / "ledger.db-wal");
        fs::remove(folder() / "ledger.db-shm");
        ASSERT_TRUE(write_file_atomically(folder() / "ledger.db", bytes_of(bytes)).has_value());
    };
    cut("");
    const std::vector<std::vector<std::string>> commands = {
        {"list"},
        {"show", "web"},
        {"issue", "client", "web"},
        {"revoke", "web"},
        {"crl"},
        {"crl", "--check"},
        {"renew", "--due"},
        {"rollover", "status"},
        {"backup", m_temp / "b", "--passphrase-file", "none"}};
    for (const auto& arguments : commands) {
        const Outcome seen = pki(arguments);
        EXPECT_EQ(seen.exit_code, 7) << arguments.front() << seen.output << seen.errors;
        EXPECT_THAT(seen.errors, HasSubstr("to have its ledger.db, saw an empty file"));
        EXPECT_THAT(seen.errors, HasSubstr("pki restore"));
        EXPECT_EQ(fs::file_size(folder() / "ledger.db"), 0U) << arguments.front();
        EXPECT_FALSE(fs::exists(folder() / "ledger.db-wal")) << arguments.front();
    }
    EXPECT_NE(pki({"init"}).exit_code, 0);
    EXPECT_EQ(fs::file_size(folder() / "ledger.db"), 0U);
}

TEST_F(PkiLifecycle, SaysThatThePublishedListsAreLostAndBringsThemBack) {
    must({"init"});
    const fs::path file = folder() / "crl.pem";
    for (const bool removed : {true, false}) {
        if (removed) {
            fs::remove(file);
        } else {
            ASSERT_TRUE(write_file_atomically(file, bytes_of("junk")).has_value());
        }
        const Outcome checked = pki({"crl", "--check"});
        EXPECT_EQ(checked.exit_code, 6);
        EXPECT_THAT(checked.output, HasSubstr("lost"));
        EXPECT_THAT(must({"list"}).errors, HasSubstr("crl.pem"));
        must({"crl", "--if-due"});
        EXPECT_THAT(must({"crl", "--check"}).output, HasSubstr("fresh"));
        EXPECT_EQ(must({"list"}).errors, "");
    }
}

TEST_F(PkiLifecycle, IssuesAListIntoOneArchive) {
    must({"init"});
    std::string list;
    for (int i = 0; i < 300; ++i) {
        const std::string name = "h" + std::to_string(i);
        list += R"({"name":")" + name + R"(","dns":[")" + name + R"(.localhost"]})" + "\n";
    }
    ASSERT_TRUE(write_file_atomically(m_temp / "list.jsonl", bytes_of(list)).has_value());
    const fs::path archive = m_temp / "all.tar";
    must({"issue", "server", "--from", m_temp / "list.jsonl", "--archive", archive});
    EXPECT_EQ(fs::status(archive).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    const fs::path out = m_temp / "out";
    fs::create_directory(out);
    ASSERT_EQ(run({.program = "tar", .arguments = {"-xf", archive, "-C", out}}).exit_code, 0);
    for (const char* name : {"h0", "h299"}) {
        expect_strict(out / name, "sslserver");
        EXPECT_TRUE(pki::Credential::load_bundle(out / name / "bundle.pem").has_value());
        EXPECT_TRUE(pki::Credential::load({.key = out / name / "key.pem",
                                           .chain = out / name / "chain.pem"})
                        .has_value());
    }
    EXPECT_EQ(count_of({"list"}), 302U);
    // Noticed before anything is signed whose keys would then be lost.
    ASSERT_TRUE(write_file_atomically(
                    m_temp / "more.jsonl", bytes_of("{\"name\":\"one-more.localhost\"}\n")
    )
                    .has_value());
    const Outcome taken =
        pki({"issue", "server", "--from", m_temp / "more.jsonl", "--archive", archive});
    EXPECT_EQ(taken.exit_code, 7) << taken.errors;
    EXPECT_THAT(taken.errors, HasSubstr("all.tar"));
    EXPECT_EQ(count_of({"list"}), 302U);
    ASSERT_TRUE(write_file_atomically(
                    m_temp / "bad.jsonl", bytes_of("{\"name\":\"ok\"}\n{\"nome\":\"a\"}\n")
    )
                    .has_value());
    const Outcome refused = pki({"issue", "server", "--from", m_temp / "bad.jsonl"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("line 2"));
    EXPECT_EQ(count_of({"list"}), 302U);
}

TEST_F(PkiLifecycle, MakesAThrowAwayAuthority) {
    const fs::path out = m_temp / "test-pki";
    must(
        {"init", "--ephemeral", "--issue", "server:localhost", "--issue", "client:me", "--out", out}
    );
    const Outcome judged = run({
        .program = "openssl",
        .arguments =
            {"verify",
             "-x509_strict",
             "-CAfile",
             out / "root.crt",
             "-untrusted",
             out / "localhost/chain.pem",
             "-verify_hostname",
             "localhost",
             out / "localhost/cert.pem"},
    });
    EXPECT_EQ(judged.exit_code, 0) << judged.errors;
    EXPECT_FALSE(fs::exists(folder()));
    EXPECT_EQ(pki({"init", "--ephemeral", "--out", m_temp / "none"}).exit_code, 2);
    EXPECT_EQ(pki({"init", "--out", m_temp / "none"}).exit_code, 2);
}

TEST_F(PkiLifecycle, MakesAnAuthorityTogetherWithItsFirstCertificates) {
    for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
             {"--issue", "server:localhost", "--issue", "server:example.org"},
             {"--issue", "server:localhost", "--issue", "client:localhost"},
             {"--issue", "king:localhost"},
             {"--issue", "server:../localhost"}}) {
        std::vector<std::string> arguments{"init"};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        const Outcome refused = pki(arguments);
        EXPECT_EQ(refused.exit_code, 2) << refused.errors;
        EXPECT_TRUE(fs::is_empty(m_temp.path())) << "all of it, or no authority";
    }
    const auto said = must(
        {"init",
         "--issue",
         "server:localhost",
         "--issue",
         "client:laptop",
         "--url",
         "http://pki.example"}
    );
    EXPECT_THAT(
        said.output,
        AllOf(HasSubstr("server certificate localhost"), HasSubstr("client certificate laptop"))
    );
    expect_strict(issued("localhost"), "sslserver");
    expect_strict(issued("laptop"), "sslclient");
    EXPECT_EQ(count_of({"list"}), 4U);
    EXPECT_THAT(must({"crl", "--check"}).output, HasSubstr("fresh"));
    const JsonValue listed = document({"list"});
    const auto rows = listed.array_member("certificates");
    ASSERT_TRUE(rows.has_value());
    for (const JsonValue& row : **rows) {
        const std::string serial = row.text_member("serial").value();
        if (row.text_member("name").value() == "localhost") {
            must(
                {"verify",
                 issued("localhost") / "chain.pem",
                 "--crl",
                 folder() / "crl.pem",
                 "--ocsp",
                 folder() / "ocsp" / (serial + ".der")}
            );
        }
    }
    must({"renew", "localhost"});
    must({"revoke", "laptop"});
}

TEST_F(PkiLifecycle, LosesAndDoublesNothingWhenSixteenIssueAtOnce) {
    must({"init"});
    std::vector<Process> processes;
    processes.reserve(16);
    for (int i = 0; i < 16; ++i) {
        processes.emplace_back(command({"issue", "client", "client-" + std::to_string(i)}));
    }
    for (Process& process : processes) {
        const Outcome outcome = process.wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    }
    EXPECT_EQ(count_of({"list"}), 18U);
    std::set<std::string> serials;
    for (int i = 0; i < 16; ++i) {
        const auto credential =
            pki::Credential::load_bundle(issued("client-" + std::to_string(i)) / "bundle.pem");
        ASSERT_TRUE(credential.has_value()) << credential.error().describe();
        serials.insert(credential->leaf.serial_hex());
    }
    EXPECT_EQ(serials.size(), 16U);
}

// Kills spread over the time that one whole run takes; every file that is there is entered, every
// list is whole, and the next run works. Two hundred more: rounds_test.cpp, without the programs.
TEST_F(PkiLifecycle, KilledAtRandomInRoundsOfIssueRenewAndRevokeNothingIsLost) {
    must({"init"});
    must({"issue", "client", "steady"});
    const auto begin = std::chrono::steady_clock::now();
    must({"renew", "steady"});
    const auto whole = std::chrono::steady_clock::now() - begin;
    constexpr int rounds = 12;
    for (int i = 0; i < rounds; ++i) {
        const std::string name = "client-" + std::to_string(i / 4);
        const std::vector<std::vector<std::string>> acts{
            {"issue", "client", name},
            {"renew", "steady"},
            {"rekey", "steady"},
            {"revoke", name, "--all"}};
        Process process(command(acts[static_cast<std::size_t>(i) % acts.size()]));
        const auto moment = std::chrono::steady_clock::now() + whole * ((i * 7) % rounds) / rounds;
        while (std::chrono::steady_clock::now() < moment) {
        }
        try {
            process.send_signal(SIGKILL);
        } catch (const std::runtime_error&) {
            // It was done before its moment came.
        }
        static_cast<void>(process.wait());
    }
    must({"crl"});  // Whoever signs next tidies up; `list` only asks.
    const JsonValue listed = document({"list"});
    std::set<std::string> serials;
    for (const auto& row : **listed.array_member("certificates")) {
        EXPECT_TRUE(serials.insert(row.text_member("serial").value()).second);
    }
    for (const auto& entry : fs::directory_iterator(folder() / "issued")) {
        const auto credential = pki::Credential::load_bundle(entry.path() / "bundle.pem");
        ASSERT_TRUE(credential.has_value()) << entry.path() << credential.error().describe();
        EXPECT_EQ(serials.count(credential->leaf.serial_hex()), 1U) << entry.path();
    }
    must({"renew", "steady"});
    expect_strict(issued("steady"), "sslclient");
}

}  // namespace
}  // namespace heliograph::test_support
