// SPDX-License-Identifier: Apache-2.0
// `pki doctor` in front of servers of another make (openssl s_server): what they staple, which
// protocol they speak, and how much of their certificate's life is left.
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/x509/credential.hpp>
#include <pki/x509/profile.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;
using ::testing::Contains;
using ::testing::Not;

template <typename T>
T sure(Result<T> result) {
    if (!result.has_value()) {
        throw std::runtime_error(result.error().describe());
    }
    return std::move(result).value();
}

struct Diagnosis {
    int exit_code;
    std::string protocol;
    bool stapled;
    std::set<std::string> ids;
    std::set<std::string> accepted_by{};  ///< Families of clients.
};

class PkiDoctor : public ::testing::Test {
  protected:
    [[nodiscard]] Outcome pki(std::vector<std::string> arguments) const {
        return run(
            {.program = fs::path(program_folder) / "pki",
             .arguments = std::move(arguments),
             .environment =
                 {{"HELIOGRAPH_PKI", folder().string()}, {"HOME", m_temp.path().string()}}}
        );
    }
    [[nodiscard]] fs::path folder() const { return m_temp / "pki"; }

    [[nodiscard]] Diagnosis diagnose(const std::string& port, const std::string& root) const {
        const Outcome outcome = pki({"doctor", "127.0.0.1:" + port, "--root", root, "--json"});
        const auto document = parse_json(outcome.output, JsonLimits{});
        EXPECT_TRUE(document.has_value()) << outcome.output << outcome.errors;
        if (!document) {
            return {};
        }
        std::set<std::string> ids;
        for (const JsonValue& finding : **document->array_member("findings")) {
            ids.insert(finding.text_member("id").value());
        }
        std::set<std::string> accepted_by;
        for (const JsonValue& family : **document->array_member("clients")) {
            if (*family.find("accepted")->if_boolean()) {
                accepted_by.insert(family.text_member("family").value());
            }
        }
        return {
            outcome.exit_code,
            document->text_member("protocol").value(),
            outcome.output.find("\"stapled\": true") != std::string::npos,
            ids,
            accepted_by};
    }

    /// What the doctor says of `openssl s_server` with the authority's certificate and more flags.
    [[nodiscard]] Diagnosis examined(const std::vector<std::string>& flags) const {
        const fs::path made = folder() / "issued/localhost";
        std::vector<std::string> arguments{
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            made / "cert.pem",
            "-key",
            made / "key.pem",
            "-cert_chain",
            folder() / "intermediate.crt"};
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        // It sends its input once the handshake is done, whatever it is asked, and ends.
        const Process server(
            {.program = "openssl",
             .arguments = std::move(arguments),
             .input = "HTTP/1.1 200 OK\r\n\r\n"}
        );
        const std::string line = server.wait_for_line(Stream::output, "ACCEPT");
        return diagnose(line.substr(line.rfind(':') + 1), folder() / "root.crt");
    }

    void make_authority() const {
        ASSERT_EQ(pki({"init"}).exit_code, 0);
        ASSERT_EQ(pki({"issue", "server", "localhost", "--ip", "127.0.0.1"}).exit_code, 0);
    }

    heliograph::test::TempFolder m_temp;
};

TEST_F(PkiDoctor, ReadsTheStapledResponseAndMissesItWhereThereIsNone) {
    make_authority();
    const auto response = fs::directory_iterator(folder() / "ocsp")->path();
    const Diagnosis with = examined({"-status_file", response});
    EXPECT_EQ(with.exit_code, 0);
    EXPECT_TRUE(with.stapled);
    EXPECT_THAT(with.ids, Not(Contains("staple-missing")));
    const Diagnosis without = examined({});
    EXPECT_EQ(without.exit_code, 0);
    EXPECT_FALSE(without.stapled);
    EXPECT_THAT(without.ids, Contains("staple-missing"));
}

// A server that hands out its own revocation is a server to stay away from.
TEST_F(PkiDoctor, JudgesWhatTheStapledResponseSaysOfTheCertificate) {
    make_authority();
    const auto chain = sure(pki::Credential::load_bundle(folder() / "issued/localhost/bundle.pem"));
    const pki::Certificate& issuer = chain.intermediates.front();
    const auto key = sure(pki::load_private_key(folder() / "private/intermediate.key"));
    const auto stapling = [&](const Bytes& response) {
        const fs::path file = m_temp / "staple";
        EXPECT_TRUE(write_file_atomically(file, response).has_value());
        return examined({"-status_file", file});
    };
    const Instant now = SystemClock().now();
    const auto response = [&](const std::string& serial, pki::OcspState state, Instant end) {
        return sure(pki::make_ocsp_response(
            serial,
            {state, now - days(1)},
            {issuer, issuer, key},
            {now - days(2), end, now - days(2)}
        ));
    };
    const std::string serial = chain.leaf.serial_hex();
    const Bytes good = response(serial, pki::OcspState::good, now + days(1));
    const Diagnosis current = stapling(good);
    EXPECT_EQ(current.exit_code, 0);
    EXPECT_THAT(current.ids, Not(Contains("ocsp-answers-several")));
    const Diagnosis revoked = stapling(response(serial, pki::OcspState::revoked, now + days(1)));
    EXPECT_EQ(revoked.exit_code, 1);
    EXPECT_THAT(revoked.ids, Contains("ocsp-revoked"));
    const Diagnosis stale = stapling(response(serial, pki::OcspState::good, now - days(1)));
    EXPECT_EQ(stale.exit_code, 6);
    EXPECT_THAT(stale.ids, Contains("ocsp-stale"));
    const Diagnosis foreign = stapling(response("01", pki::OcspState::good, now + days(1)));
    EXPECT_EQ(foreign.exit_code, 1);
    EXPECT_THAT(foreign.ids, Contains("ocsp-answer-missing"));
    Bytes forged = good;
    forged.back() ^= std::byte{1};
    const Diagnosis altered = stapling(forged);
    EXPECT_EQ(altered.exit_code, 1);
    EXPECT_THAT(altered.ids, Contains("ocsp-signature-invalid"));
}

TEST_F(PkiDoctor, RefusesProtocolsThatAreTooOld) {
    make_authority();
    const Diagnosis old = examined({"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
    EXPECT_EQ(old.exit_code, 1);
    EXPECT_EQ(old.protocol, "TLSv1.1");
    EXPECT_THAT(old.ids, Contains("protocol-old"));
    const Diagnosis good = examined({"-tls1_2"});
    EXPECT_EQ(good.exit_code, 0);
    EXPECT_EQ(good.protocol, "TLSv1.2");
    EXPECT_THAT(good.ids, Not(Contains("protocol-old")));
}

/// A root, an intermediate and a server's certificate, all made that long ago, the last for ninety
/// days.
struct OldChain {
    explicit OldChain(days age) {
        const Instant then = SystemClock().now() - age;
        const auto root_key = sure(pki::PrivateKey::generate());
        const auto middle_key = sure(pki::PrivateKey::generate());
        const auto leaf_key = sure(pki::PrivateKey::generate());
        const auto constraints = pki::loopback_constraints();
        const auto root = sure(pki::make_root(
            {.common_name = "Old Root",
             .organization = "Old",
             .constraints = constraints,
             .validity = pki::validity_from(then, days(3652))},
            root_key
        ));
        const auto middle = sure(pki::make_intermediate(
            {.common_name = "Old Intermediate",
             .organization = "Old",
             .constraints = constraints,
             .validity = pki::validity_from(then, days(1826)),
             .subject_key = middle_key.public_key()},
            {root, root_key}
        ));
        const auto leaf = sure(pki::make_leaf(
            {.kind = pki::LeafKind::server,
             .common_name = "localhost",
             .dns = {"localhost"},
             .ip = {"127.0.0.1"},
             .uri = {},
             .validity = pki::validity_from(then, days(90)),
             .subject_key = leaf_key.public_key()},
            {middle, middle_key},
            root
        ));
        root_pem = root.to_pem();
        identity = {
            leaf.to_pem() + middle.to_pem(), std::string(text_of(leaf_key.to_pem().expose()))};
    }

    std::string root_pem;
    TlsIdentity identity;
};

TEST_F(PkiDoctor, WarnsInTheLastThirdOfACertificatesLife) {
    const std::string root = m_temp / "root.pem";
    for (const auto& [age, is_due] : {std::pair(days(50), false), {days(70), true}}) {
        const OldChain chain(age);
        std::ofstream(root) << chain.root_pem;
        const ScriptedServer server(Greeting::tls, chain.identity);
        const Diagnosis seen = diagnose(std::to_string(server.port()), root);
        EXPECT_EQ(seen.exit_code, 0) << "a warning, for it is valid still";
        EXPECT_EQ(seen.ids.count("renewal-due"), is_due ? 1U : 0U) << age.count();
    }
}

TEST_F(PkiDoctor, TellsAnUnknownRootFromAMissingIntermediate) {
    const OldChain chain(days(1));
    const OldChain another(days(1));
    const std::string root = m_temp / "root.pem";
    std::ofstream(root) << another.root_pem;
    const ScriptedServer whole(Greeting::tls, chain.identity);
    const Diagnosis foreign = diagnose(std::to_string(whole.port()), root);
    EXPECT_EQ(foreign.exit_code, 4);
    EXPECT_THAT(foreign.ids, Contains("root-unknown"));
    EXPECT_THAT(foreign.ids, Not(Contains("intermediate-missing")));
    std::ofstream(root) << chain.root_pem;
    auto cut = chain.identity;
    cut.chain_pem.resize(cut.chain_pem.find("-----BEGIN", 1));
    const ScriptedServer alone(Greeting::tls, cut);
    EXPECT_THAT(diagnose(std::to_string(alone.port()), root).ids, Contains("intermediate-missing"));
}

/// A server's certificate by `openssl req`, below a root of its own.
struct ForeignServer {
    ForeignServer(
        const fs::path& folder, const std::string& subject, const std::string& extension
    ) {
        const auto openssl = [&](std::vector<std::string> words) {
            const std::vector<std::string> more{
                "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "20"};
            words.insert(words.begin(), {"req", "-x509"});
            words.insert(words.end(), more.begin(), more.end());
            const Outcome made = run({.program = "openssl", .arguments = words, .folder = folder});
            EXPECT_EQ(made.exit_code, 0) << made.errors;
        };
        openssl(
            {"-subj",
             "/CN=Foreign Root",
             "-addext",
             "keyUsage=critical,keyCertSign,cRLSign",
             "-keyout",
             "root.key",
             "-out",
             "root.pem"}
        );
        std::vector<std::string> words{"-subj", subject, "-CA", "root.pem", "-CAkey", "root.key"};
        words.insert(
            words.end(),
            {"-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key", "-out", "leaf"}
        );
        if (!extension.empty()) {
            words.insert(words.end(), {"-addext", extension});
        }
        openssl(words);
        const auto read = [&](const char* name) {
            std::ifstream in(folder / name);
            return std::string(std::istreambuf_iterator<char>(in), {});
        };
        identity = {read("leaf"), read("key")};
    }

    TlsIdentity identity;
};

// As Python with VERIFY_X509_STRICT and curl do; webpki and browsers do not.
TEST_F(PkiDoctor, KnowsWhatProgramsTakeThatBrowsersDoNot) {
    const ForeignServer without_purpose(m_temp.path(), "/CN=x", "subjectAltName=IP:127.0.0.1");
    const ScriptedServer first(Greeting::tls, without_purpose.identity);
    const auto root = (m_temp / "root.pem").string();
    const Diagnosis seen = diagnose(std::to_string(first.port()), root);
    EXPECT_EQ(seen.accepted_by, (std::set<std::string>{"lenient", "strict"}));

    const ForeignServer by_common_name(m_temp.path(), "/CN=localhost", "");
    const ScriptedServer second(Greeting::tls, by_common_name.identity);
    const Outcome named = pki(
        {"doctor",
         "127.0.0.1:" + std::to_string(second.port()),
         "--root",
         root,
         "--name",
         "localhost"}
    );
    EXPECT_THAT(named.output, ::testing::HasSubstr("accepted by curl"));
    EXPECT_THAT(named.output, ::testing::HasSubstr("refused by  browsers"));
    EXPECT_THAT(named.errors, ::testing::Not(::testing::HasSubstr("curl")));
}

}  // namespace
}  // namespace heliograph::test_support
