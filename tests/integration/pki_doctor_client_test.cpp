// SPDX-License-Identifier: Apache-2.0
// What `pki doctor` says that clients would do is held against the clients: curl and Python in
// front of the same server, and `openssl verify`.
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>

#include <set>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

// What Python's default context asks for since 3.13, of any Python that knows the flags.
constexpr const char* python_client = R"(import socket, ssl, sys
port, root, manner = sys.argv[1:]
context = ssl.create_default_context(cafile=root)
if manner == "strict":
    context.verify_flags |= ssl.VERIFY_X509_STRICT | getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)
with socket.create_connection(("127.0.0.1", int(port))) as plain:
    context.wrap_socket(plain, server_hostname="127.0.0.1").close()
)";

/// One certificate of a server.
struct Case {
    const char* name;
    Words key;
    Words extensions;
    std::set<std::string> accepted_by;  ///< Families among lenient and strict.
};

const Words p256{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"};

class PkiDoctorClients : public PkiHouse {
  protected:
    void make_root() const {
        Words words{
            "req",
            "-x509",
            "-noenc",
            "-subj",
            "/CN=Foreign Root",
            "-addext",
            "keyUsage=critical,keyCertSign",
            "-keyout",
            "root.key",
            "-out",
            "root.pem"};
        words.insert(words.end(), p256.begin(), p256.end());
        tool("openssl", words);
    }
    void make_leaf(const Case& made) const {
        Words words{
            "req",
            "-x509",
            "-noenc",
            "-subj",
            "/CN=server",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-days",
            "20",
            "-keyout",
            "leaf.key",
            "-out",
            "leaf.pem"};
        words.insert(words.end(), made.key.begin(), made.key.end());
        for (const std::string& extension : made.extensions) {
            words.insert(words.end(), {"-addext", extension});
        }
        tool("openssl", words);
    }

    /// It takes what certificate it gets. With `-www` it answers every GET; else it sends an answer
    /// once the handshake is done, whatever it is asked, and ends.
    [[nodiscard]] Process serve(const Words& flags) const {
        Words words{
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cipher",
            "ALL:@SECLEVEL=0",
            "-cert",
            "leaf.pem",
            "-key",
            "leaf.key"};
        words.insert(words.end(), flags.begin(), flags.end());
        return Process(
            {.program = "openssl",
             .arguments = std::move(words),
             .folder = m_temp.path(),
             .input = flags.empty() ? "HTTP/1.1 200 OK\r\n\r\n" : ""}
        );
    }
    [[nodiscard]] static std::string port_of(const Process& server) {
        const std::string line = server.wait_for_line(Stream::output, "ACCEPT");
        return line.substr(line.rfind(':') + 1);
    }

    /// Families by what the programs themselves did with the server.
    [[nodiscard]] std::set<std::string> met_by(const std::string& port, const std::string& root)
        const {
        const auto python = [&](const char* manner) {
            return tool_run("python3", {"-c", python_client, port, root, manner}).exit_code == 0;
        };
        const Words fetch{"--silent", "--cacert", root, "https://127.0.0.1:" + port + "/"};
        const bool by_curl = tool_run("curl", fetch).exit_code == 0;
        EXPECT_EQ(by_curl, python("usual")) << "they are told as one family";
        std::set<std::string> families;
        if (by_curl) {
            families.insert("lenient");
        }
        if (python("strict")) {
            families.insert("strict");
        }
        return families;
    }
    [[nodiscard]] std::set<std::string> told_by_doctor(
        const std::string& port, const std::string& root
    ) const {
        const Outcome outcome = pki({"doctor", "127.0.0.1:" + port, "--root", root, "--json"});
        EXPECT_LE(outcome.exit_code, 1) << outcome.errors;
        const auto document = parse_json(outcome.output, JsonLimits{});
        std::set<std::string> families;
        if (!document) {
            ADD_FAILURE() << outcome.output << outcome.errors;
            return families;
        }
        for (const JsonValue& family : **document->array_member("clients")) {
            const std::string word = family.text_member("family").value();
            if (*family.find("accepted")->if_boolean() && word != "webpki") {
                families.insert(word);
            }
        }
        return families;
    }
    [[nodiscard]] bool is_verified_strictly(const std::string& root) const {
        const Words words{
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-auth_level",
            "2",
            "-CAfile",
            root,
            "leaf.pem"};
        return tool_run("openssl", words).exit_code == 0;
    }

    void expect_agreement(const Case& one, const std::string& root) const {
        const Process server = serve({"-www"});
        EXPECT_EQ(met_by(port_of(server), root), one.accepted_by) << one.name;
        const Process examined = serve({});
        EXPECT_EQ(told_by_doctor(port_of(examined), root), one.accepted_by) << one.name;
        EXPECT_EQ(is_verified_strictly(root), one.accepted_by.count("strict") == 1) << one.name;
    }
};

const std::set<std::string> both{"lenient", "strict"};

TEST_F(PkiDoctorClients, DoAsItSays) {
    make_root();
    const Case cases[] = {
        {"plain", p256, {}, both},
        {"any purpose alone", p256, {"extendedKeyUsage=anyExtendedKeyUsage"}, {}},
        {"any purpose and the right one",
         p256,
         {"extendedKeyUsage=serverAuth,anyExtendedKeyUsage"},
         both},
        {"another purpose", p256, {"extendedKeyUsage=clientAuth"}, {}},
        {"a key that agrees only", p256, {"keyUsage=keyAgreement"}, both},
        {"a key that enciphers only", {"-newkey", "rsa:2048"}, {"keyUsage=keyEncipherment"}, both},
        {"a key that signs lists only", p256, {"keyUsage=cRLSign"}, {}},
        {"RSA 1024", {"-newkey", "rsa:1024"}, {}, {}},
        {"P-521", {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"}, {}, both},
        {"Ed448", {"-newkey", "ed448"}, {}, both},
        {"without a key id", p256, {"authorityKeyIdentifier=none"}, {"lenient"}}};
    for (const Case& one : cases) {
        make_leaf(one);
        expect_agreement(one, "root.pem");
    }
}

// As `openssl req -x509` makes one, an authority too. Nobody is strict with a chain of one (RFC
// 6818, section 2).
TEST_F(PkiDoctorClients, TakeACertificateThatIsItsOwnRoot) {
    for (const Words& key : {p256, Words{"-newkey", "rsa:1024"}}) {
        Words words{
            "req",
            "-x509",
            "-noenc",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            "leaf.key",
            "-out",
            "leaf.pem"};
        words.insert(words.end(), key.begin(), key.end());
        tool("openssl", words);
        expect_agreement(
            {"its own root", key, {}, key == p256 ? both : std::set<std::string>{}}, "leaf.pem"
        );
    }
}

TEST_F(PkiDoctorClients, AreNamedWithTheirReasonsForAKeyThatIsNotSupportedHere) {
    make_root();
    make_leaf({"RSA 1024", {"-newkey", "rsa:1024"}, {}, {}});
    const Process examined = serve({});
    const std::string place = "127.0.0.1:" + port_of(examined);
    const Outcome told = pki({"doctor", place, "--root", "root.pem"});
    EXPECT_EQ(told.exit_code, 1);
    EXPECT_THAT(told.output, HasSubstr("refused by  curl"));
    EXPECT_THAT(told.output, HasSubstr("refused by  browsers"));
    EXPECT_THAT(told.errors, HasSubstr("key-too-weak"));
    EXPECT_THAT(told.errors, HasSubstr("RSA 1024"));
    const Process inspected = serve({});
    const Outcome shown = pki({"inspect", "127.0.0.1:" + port_of(inspected)});
    EXPECT_EQ(shown.exit_code, 0) << shown.errors;
    EXPECT_THAT(shown.output, HasSubstr("key:         RSA 1024"));
}

}  // namespace
}  // namespace heliograph::test_support
