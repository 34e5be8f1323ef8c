// SPDX-License-Identifier: Apache-2.0
// The judging verbs of pki as people run them: verify, lint, inspect and doctor, against files and
// against TLS servers on loopback that are set up wrongly.
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/support/test_authority.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class PkiJudge : public ::testing::Test {
  protected:
    PkiJudge() { m_file = (m_temp.path() / "evidence.pem").string(); }

    [[nodiscard]] Outcome pki(std::vector<std::string> arguments) const {
        return run(
            {.program = fs::path(program_folder) / "pki",
             .arguments = std::move(arguments),
             .environment =
                 {{"HELIOGRAPH_PKI", (m_temp.path() / "pki").string()},
                  {"HOME", m_temp.path().string()}}}
        );
    }
    void make_authority() const {
        ASSERT_EQ(pki({"init"}).exit_code, 0);
        const Outcome issued = pki({"issue", "server", "localhost", "--ip", "127.0.0.1", "--json"});
        ASSERT_EQ(issued.exit_code, 0) << issued.errors;
    }
    /// A certificate with such a key, its own issuer, by `openssl req`.
    [[nodiscard]] std::string self_signed(
        const std::vector<std::string>& key, const std::string& form
    ) const {
        std::vector<std::string> words{
            "req",
            "-x509",
            "-noenc",
            "-keyout",
            (m_temp.path() / "foreign.key").string(),
            "-subj",
            "/CN=foreign key",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-days",
            "10",
            "-outform",
            form,
            "-out",
            m_file};
        words.insert(words.end(), key.begin(), key.end());
        const Outcome made = run({.program = "openssl", .arguments = std::move(words)});
        EXPECT_EQ(made.exit_code, 0) << made.errors;
        return m_file;
    }
    [[nodiscard]] std::string authority_file(const char* name) const {
        for (const auto& entry : fs::recursive_directory_iterator(m_temp.path() / "pki")) {
            if (entry.path().filename() == name) {
                return entry.path().string();
            }
        }
        ADD_FAILURE() << name << " is not in the authority's folder";
        return {};
    }
    [[nodiscard]] static std::string text_in(const std::string& file) {
        const auto bytes = read_file(file, 1 << 20);
        return bytes ? std::string(text_of(*bytes)) : std::string();
    }
    [[nodiscard]] std::string write(const char* name, const std::string& text) const {
        const std::string file = (m_temp.path() / name).string();
        std::ofstream(file) << text;
        return file;
    }
    [[nodiscard]] std::set<std::string> ids_in(const Outcome& outcome) const {
        std::set<std::string> ids;
        const auto document = parse_json(outcome.output, JsonLimits{});
        EXPECT_TRUE(document.has_value()) << outcome.output << outcome.errors;
        const auto findings = document ? document->array_member("findings")
                                       : Result<const JsonArray*>(document.error());
        if (findings) {
            for (const JsonValue& finding : **findings) {
                ids.insert(finding.text_member("id").value_or(std::string()));
            }
        }
        return ids;
    }
    /// A server that shows these certificates, and what the doctor says of it.
    [[nodiscard]] std::set<std::string> doctor_ids(
        const TlsIdentity& identity, const std::string& root, int exit_code
    ) const {
        const ScriptedServer server(Greeting::tls, identity);
        const Outcome outcome =
            pki({"doctor", "127.0.0.1:" + std::to_string(server.port()), "--root", root, "--json"});
        EXPECT_EQ(outcome.exit_code, exit_code) << outcome.output << outcome.errors;
        return ids_in(outcome);
    }

    heliograph::test::TempFolder m_temp;
    std::string m_file;
};

TEST_F(PkiJudge, LintFindsTheKeyThatVerifyRefuses) {
    make_authority();
    const std::string file = (m_temp.path() / "p521.crt").string();
    const Outcome made = run(
        {.program = "openssl",
         .arguments =
             {"req",
              "-x509",
              "-newkey",
              "ec",
              "-pkeyopt",
              "ec_paramgen_curve:P-521",
              "-noenc",
              "-keyout",
              (m_temp.path() / "p521.key").string(),
              "-subj",
              "/CN=localhost",
              "-addext",
              "subjectAltName=DNS:localhost",
              "-days",
              "10",
              "-out",
              file}}
    );
    ASSERT_EQ(made.exit_code, 0) << made.errors;
    for (const std::string profile : {"rfc5280", "private", "webpki"}) {
        EXPECT_EQ(pki({"verify", file, "--root", file, "--profile", profile}).exit_code, 1);
        const Outcome linted = pki({"lint", file, "--profile", profile});
        EXPECT_EQ(linted.exit_code, 1) << profile;
        EXPECT_THAT(
            linted.output,
            HasSubstr("saw EC P-521 [key-kind-unsupported, RFC 5280 section 6.1.3, CA/B Forum BR "
                      "section 6.1.5]")
        );
    }
}

/// A kind of key that we do not support: for `openssl req`, and what we call it.
struct ForeignKey {
    std::vector<std::string> words;
    const char* name;
};

const std::vector<ForeignKey>& foreign_keys() {
    static const std::vector<ForeignKey> keys{
        {{"-newkey", "rsa:1024"}, "RSA 1024"},
        {{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"}, "EC P-521"},
        {{"-newkey", "ed448"}, "Ed448"}};
    return keys;
}

TEST_F(PkiJudge, InspectsCertificatesWhoseKeysItDoesNotSupport) {
    for (const ForeignKey& key : foreign_keys()) {
        for (const std::string form : {"PEM", "DER"}) {
            const std::string file = self_signed(key.words, form);
            const Outcome shown = pki({"inspect", file});
            EXPECT_EQ(shown.exit_code, 0) << key.name << form << shown.errors;
            EXPECT_THAT(shown.output, HasSubstr(std::string("key:         ") + key.name));
            EXPECT_THAT(shown.output, HasSubstr("DNS name:    localhost"));
        }
    }
}

TEST_F(PkiJudge, VerifyTellsEveryDefectBesideAKeyThatItDoesNotSupport) {
    for (const ForeignKey& key : foreign_keys()) {
        for (const std::string profile : {"rfc5280", "private", "webpki"}) {
            const std::string file = self_signed(key.words, "PEM");
            const std::vector<std::string> words{
                "verify",
                file,
                "--root",
                file,
                "--profile",
                profile,
                "--name",
                "other.example.org",
                "--at",
                "2090-01-01T00:00:00Z"};
            const Outcome judged = pki(words);
            EXPECT_EQ(judged.exit_code, 1) << key.name << judged.output << judged.errors;
            EXPECT_THAT(judged.errors, HasSubstr(std::string("saw 'CN=foreign key': ") + key.name))
                << profile;
            std::vector<std::string> for_programs = words;
            for_programs.emplace_back("--json");
            const auto ids = ids_in(pki(for_programs));
            EXPECT_THAT(ids, ::testing::IsSupersetOf({"name-mismatch", "expired"}));
            EXPECT_THAT(ids, ::testing::Contains(::testing::StartsWith("key-")));
        }
    }
}

TEST_F(PkiJudge, VerifyGivesEachDefectItsWeight) {
    make_authority();
    const Outcome judged =
        pki({"verify", authority_file("chain.pem"), "--name", "elsewhere.example.org", "--json"});
    EXPECT_EQ(judged.exit_code, 1);
    EXPECT_THAT(judged.output, HasSubstr("\"severity\": \"error\""));
}

TEST_F(PkiJudge, GroupsOfVerbsShowWhatIsTyped) {
    for (const std::string group : {"issue", "export", "token", "trust", "rollover", "ocsp"}) {
        const Outcome help = pki({group, "--help"});
        EXPECT_EQ(help.exit_code, 0);
        EXPECT_THAT(help.output, HasSubstr("Examples:\n  ")) << group;
        EXPECT_THAT(help.output, HasSubstr("pki " + group + " ")) << group;
    }
}

TEST_F(PkiJudge, VerifiesWhatItIssuedAndSaysWhatHeld) {
    make_authority();
    const std::string chain = authority_file("chain.pem");
    const Outcome good = pki(
        {"verify", chain, "--name", "127.0.0.1", "--crl", authority_file("crl.pem"), "--explain"}
    );
    EXPECT_EQ(good.exit_code, 0) << good.errors;
    EXPECT_THAT(good.output, HasSubstr("held: the name 127.0.0.1"));
    EXPECT_EQ(pki({"verify", chain, "--name", "127.0.0.1", "--profile", "rfc5280"}).exit_code, 0);
    // One intermediate lies between.
    EXPECT_EQ(pki({"verify", chain, "--max-depth", "1"}).exit_code, 0);
    const Outcome deep = pki({"verify", chain, "--max-depth", "0", "--json"});
    EXPECT_EQ(deep.exit_code, 1);
    EXPECT_THAT(ids_in(deep), ::testing::Contains("path-depth"));
}

TEST_F(PkiJudge, TellsEveryDefectAndEndsByItsCause) {
    make_authority();
    const std::string chain = authority_file("chain.pem");
    const Outcome wrong =
        pki({"verify", chain, "--name", "other.example.org", "--purpose", "client", "--json"});
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_THAT(ids_in(wrong), ::testing::IsSupersetOf({"name-mismatch", "purpose-missing"}));
    EXPECT_EQ(pki({"verify", chain, "--profile", "unknown"}).exit_code, 2);
    EXPECT_EQ(pki({"verify", chain, "--at", "yesterday"}).exit_code, 2);
    EXPECT_EQ(pki({"verify", (m_temp.path() / "none.pem").string()}).exit_code, 3);
}

TEST_F(PkiJudge, SpeaksOfTheClockBeforeTheBeginAndOfTheEndAfterIt) {
    make_authority();
    const std::string chain = authority_file("chain.pem");
    const Outcome early = pki({"verify", chain, "--at", "2020-01-01T00:00:00Z"});
    EXPECT_EQ(early.exit_code, 6);
    EXPECT_THAT(early.errors, HasSubstr("check the clock"));
    EXPECT_THAT(early.errors, Not(HasSubstr("expired")));
    const Outcome late = pki({"verify", chain, "--at", "2090-01-01T00:00:00Z"});
    EXPECT_EQ(late.exit_code, 6);
    EXPECT_THAT(late.errors, HasSubstr("expired"));
}

TEST_F(PkiJudge, RefusesAChainThatEndsInNoTrustedRoot) {
    make_authority();
    const TestAuthority other;
    const std::string root = write("other.pem", other.root_pem());
    const Outcome outcome = pki({"verify", authority_file("chain.pem"), "--root", root, "--json"});
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(ids_in(outcome), ::testing::Contains("untrusted-issuer"));
}

TEST_F(PkiJudge, LintsItsOwnWithoutErrorsAndTheTextbooksWith) {
    make_authority();
    for (const char* const name : {"chain.pem", "root.crt", "crl.pem"}) {
        const Outcome outcome = pki({"lint", authority_file(name)});
        EXPECT_EQ(outcome.exit_code, 0) << name << outcome.output << outcome.errors;
    }
    const Outcome made = run(
        {.program = "openssl",
         .arguments =
             {"req",
              "-x509",
              "-newkey",
              "ec",
              "-pkeyopt",
              "ec_paramgen_curve:P-256",
              "-nodes",
              "-keyout",
              "/dev/null",
              "-out",
              m_file,
              "-subj",
              "/CN=text book",
              "-days",
              "3650"}}
    );
    ASSERT_EQ(made.exit_code, 0) << made.errors;
    const Outcome outcome = pki({"lint", m_file});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("[authority-key-usage-missing, RFC 5280"));
    EXPECT_EQ(pki({"lint", write("nothing.pem", "nothing")}).exit_code, 1);
}

TEST_F(PkiJudge, InspectsAServerWithoutBelievingIt) {
    const TestAuthority authority;
    const ScriptedServer server(Greeting::tls, authority.issue());
    const Outcome outcome = pki({"inspect", "127.0.0.1:" + std::to_string(server.port())});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("address:     127.0.0.1"));
    EXPECT_THAT(outcome.output, HasSubstr("protocol:    TLSv1.3"));
}

TEST_F(PkiJudge, InspectsFilesOfEveryKindInPemAndDer) {
    make_authority();
    const auto made = [&](const std::string& name, std::vector<std::string> words) {
        const std::string file = (m_temp.path() / name).string();
        words.insert(words.end(), {"-out", file});
        const Outcome outcome = run({.program = "openssl", .arguments = std::move(words)});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        return file;
    };
    const auto says = [&](const std::string& file) { return pki({"inspect", file}).output; };
    const std::string key = (m_temp.path() / "key").string();
    const std::vector<std::string> ask{
        "req",
        "-new",
        "-noenc",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-keyout",
        key,
        "-subj",
        "/CN=web",
        "-addext",
        "subjectAltName=email:ops@example.org"};
    EXPECT_THAT(says(made("r.pem", ask)), HasSubstr("mailbox:     ops@example.org"));
    EXPECT_THAT(
        says(made("r.der", {"req", "-in", (m_temp.path() / "r.pem").string(), "-outform", "DER"})),
        HasSubstr("request for: web")
    );
    const std::string root = authority_file("root.crt");
    EXPECT_THAT(
        says(made("c.der", {"x509", "-in", root, "-outform", "DER"})), HasSubstr("permits:")
    );
    const std::string lists = authority_file("crl.pem");
    EXPECT_THAT(
        says(made("l.der", {"crl", "-in", lists, "-outform", "DER"})), HasSubstr("revocations:")
    );
    std::ofstream(m_temp.path() / "other.der", std::ios::binary) << "\x30\x03\x02\x01\x05";
    EXPECT_EQ(pki({"inspect", (m_temp.path() / "other.der").string()}).exit_code, 1);
}

TEST_F(PkiJudge, DoctorAcceptsTheFullChainAndNamesTheMissingIntermediate) {
    make_authority();
    const std::string root = authority_file("root.crt");
    const std::string chain = text_in(authority_file("chain.pem"));
    const std::string key = text_in(authority_file("key.pem"));
    EXPECT_THAT(
        doctor_ids({chain, key}, root, 0), Not(::testing::Contains("intermediate-missing"))
    );
    const std::string mark = "-----END CERTIFICATE-----\n";
    const std::string leaf = chain.substr(0, chain.find(mark) + mark.size());
    EXPECT_THAT(doctor_ids({leaf, key}, root, 4), ::testing::Contains("intermediate-missing"));
    EXPECT_THAT(
        doctor_ids({chain + text_in(root), key}, root, 0), ::testing::Contains("root-sent")
    );
}

TEST_F(PkiJudge, DoctorNamesTheWrongNameTheEndAndTheUnknownRoot) {
    const TestAuthority authority;
    const TestAuthority other;
    const std::string root = write("root.pem", authority.root_pem());
    const std::string foreign = write("other.pem", other.root_pem());
    EXPECT_THAT(
        doctor_ids(authority.issue({.alternative_names = "DNS:other.example.org"}), root, 1),
        ::testing::Contains("name-mismatch")
    );
    EXPECT_THAT(
        doctor_ids(authority.issue({.lifetime = Lifetime::over}), root, 6),
        ::testing::Contains("expired")
    );
    EXPECT_THAT(
        doctor_ids(authority.issue({.lifetime = Lifetime::not_yet}), root, 6),
        ::testing::Contains("clock")
    );
    EXPECT_THAT(
        doctor_ids(TestAuthority::self_signed(), foreign, 1), ::testing::Contains("root-unknown")
    );
}

TEST_F(PkiJudge, DoctorNamesAWrongOrderAndAClockThatIsOff) {
    make_authority();
    const std::string root = authority_file("root.crt");
    const std::string chain = text_in(authority_file("chain.pem"));
    const std::string mark = "-----END CERTIFICATE-----\n";
    const std::size_t first = chain.find(mark) + mark.size();
    const std::string sorted_wrongly = chain.substr(0, first) + text_in(root) + chain.substr(first);
    ScriptedServer server(Greeting::tls, {sorted_wrongly, text_in(authority_file("key.pem"))});
    server.otherwise([](const Request&) {
        Reply reply = ok("");
        reply.headers.emplace_back("Date", "Fri, 02 Jan 2015 03:04:05 GMT");
        return reply;
    });
    const Outcome outcome =
        pki({"doctor", "127.0.0.1:" + std::to_string(server.port()), "--root", root, "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(ids_in(outcome), ::testing::IsSupersetOf({"chain-order", "clock-skew"}));
}

TEST_F(PkiJudge, DoctorSaysThatNobodyOrNoTlsIsThere) {
    const ScriptedServer plain(Greeting::plain_on_tls);
    const ScriptedServer silent(Greeting::silent);
    const auto place = [](const ScriptedServer& server) {
        return "127.0.0.1:" + std::to_string(server.port());
    };
    const TestAuthority authority;
    const std::string root = write("root.pem", authority.root_pem());
    EXPECT_EQ(pki({"doctor", place(plain), "--root", root}).exit_code, 5);
    EXPECT_EQ(pki({"doctor", place(silent), "--root", root, "--patience", "1"}).exit_code, 5);
    EXPECT_EQ(pki({"doctor", "no port", "--root", root}).exit_code, 2);
}

}  // namespace
}  // namespace heliograph::test_support
