// SPDX-License-Identifier: Apache-2.0
// `pki export` as people run it, judged by the programs that read such files.
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>

#include <sys/stat.h>

#include <regex>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PkiExport : public PkiHouse {
  protected:
    PkiExport() {
        must({"init"});
        must({"issue", "client", "laptop"});
        put("secret", "horse battery\n");
    }
    [[nodiscard]] unsigned mode_of(const std::string& name) const {
        struct stat state {};
        EXPECT_EQ(::stat(file(name).c_str(), &state), 0);
        return state.st_mode & 0777U;
    }
    [[nodiscard]] std::string own_key() const { return content("pki/issued/laptop/key.pem"); }
};

TEST_F(PkiExport, MakesPkcs12ThatTheOpensslCommandOpens) {
    must({"export", "p12", "laptop", "-o", "laptop.p12", "--passphrase-file", "secret"});
    EXPECT_EQ(mode_of("laptop.p12"), 0600U);
    const Outcome info = tool(
        "openssl",
        {"pkcs12",
         "-in",
         file("laptop.p12"),
         "-passin",
         "file:" + file("secret"),
         "-info",
         "-noenc"}
    );
    EXPECT_THAT(
        info.errors,
        AllOf(
            HasSubstr("MAC: sha256, Iteration 200000"),
            HasSubstr("PBES2, PBKDF2, AES-256-CBC, Iteration 200000, PRF hmacWithSHA256"),
            Not(HasSubstr("RC2")),
            Not(HasSubstr("3DES"))
        )
    );
    EXPECT_THAT(info.output, HasSubstr("friendlyName: laptop"));
    const std::string body = own_key().substr(own_key().find('\n') + 1, 64);
    EXPECT_THAT(info.output, HasSubstr(body)) << "the same key";
    const Outcome wrong =
        tool_run("openssl", {"pkcs12", "-in", file("laptop.p12"), "-passin", "pass:x", "-noout"});
    EXPECT_NE(wrong.exit_code, 0);
}

TEST_F(PkiExport, MakesPkcs12ThatGnutlsAndNssOpen) {
    must({"export", "p12", "laptop", "-o", "laptop.p12", "--passphrase-file", "secret"});
    const Outcome gnutls = tool(
        "certtool",
        {"--p12-info", "--inder", "--infile", file("laptop.p12"), "--password", "horse battery"}
    );
    EXPECT_THAT(gnutls.output, AllOf(HasSubstr("PRIVATE KEY"), HasSubstr("Certificate")));
    const Outcome nss = tool("pk12util", {"-l", file("laptop.p12"), "-w", file("secret")});
    EXPECT_THAT(nss.output, AllOf(HasSubstr("laptop"), HasSubstr("AES-256-CBC")));
}

TEST_F(PkiExport, PutsTheRootIntoTheArchiveOnlyWhenAsked) {
    for (const bool asked : {false, true}) {
        std::vector<std::string> arguments{
            "export",
            "p12",
            "laptop",
            "-o",
            asked ? "with" : "without",
            "--passphrase-file",
            "secret"};
        if (asked) {
            arguments.emplace_back("--with-root");
        }
        must(arguments);
        const Outcome shown = tool(
            "openssl",
            {"pkcs12",
             "-in",
             file(asked ? "with" : "without"),
             "-passin",
             "file:" + file("secret"),
             "-nokeys"}
        );
        // Newer releases of openssl write no spaces around the sign.
        EXPECT_EQ(
            std::regex_search(
                shown.output, std::regex("subject=O ?= ?heliograph, CN ?= ?heliograph Root\n")
            ),
            asked
        );
    }
}

TEST_F(PkiExport, WritesPemWithKeyAndChainForTheOwnerOnly) {
    must({"export", "pem", "laptop", "-o", "laptop.pem"});
    EXPECT_EQ(mode_of("laptop.pem"), 0600U);
    EXPECT_EQ(content("laptop.pem"), content("pki/issued/laptop/bundle.pem"));
    must({"export", "pem", "laptop", "-o", "locked.pem", "--passphrase-file", "secret"});
    EXPECT_THAT(content("locked.pem"), HasSubstr("BEGIN ENCRYPTED PRIVATE KEY"));
    tool(
        "openssl",
        {"pkey", "-in", file("locked.pem"), "-passin", "file:" + file("secret"), "-noout"}
    );
    EXPECT_EQ(
        must({"export", "pem", "laptop", "--no-key"}), content("pki/issued/laptop/chain.pem")
    );
}

TEST_F(PkiExport, WritesCertificateAndKeyInDer) {
    must({"export", "der", "laptop", "-o", "laptop.der"});
    EXPECT_EQ(mode_of("laptop.der"), 0644U);
    EXPECT_EQ(
        tool("openssl", {"x509", "-inform", "DER", "-in", file("laptop.der")}).output,
        content("pki/issued/laptop/cert.pem")
    );
    must({"export", "der", "laptop", "--key", "-o", "key.der"});
    EXPECT_EQ(mode_of("key.der"), 0600U);
    EXPECT_EQ(
        tool("openssl", {"pkey", "-inform", "DER", "-in", file("key.der")}).output, own_key()
    );
}

TEST_F(PkiExport, ShowsNoKeyOnATerminal) {
    const std::string pki_program = (std::filesystem::path(program_folder) / "pki").string();
    for (const std::string form : {"pem laptop", "der laptop --key", "der laptop"}) {
        const Outcome shown = tool_run(
            "script",
            {"-qec", pki_program + " export " + form + " --dir " + file("pki"), "/dev/null"}
        );
        EXPECT_EQ(shown.exit_code, 2) << form;
        EXPECT_THAT(shown.output, AllOf(HasSubstr("terminal"), Not(HasSubstr("PRIVATE KEY"))));
    }
}

TEST_F(PkiExport, EndsByCauseAndWritesNothing) {
    must({"export", "pem", "laptop", "-o", "laptop.pem"});
    EXPECT_EQ(pki({"export", "pem", "laptop", "-o", "laptop.pem"}).exit_code, 7) << "it exists";
    EXPECT_EQ(pki({"export", "pem", "nobody", "-o", "new.pem"}).exit_code, 3);
    EXPECT_EQ(pki({"export", "pem", "laptop", "--json"}).exit_code, 2);
    put("umlaut",
        "Stra\xc3\x9f"
        "e\n");
    const Outcome foreign =
        pki({"export", "p12", "laptop", "-o", "new.p12", "--passphrase-file", "umlaut"});
    EXPECT_EQ(foreign.exit_code, 2);
    EXPECT_THAT(foreign.errors, HasSubstr("ASCII"));
    must({"revoke", "laptop"});
    EXPECT_EQ(pki({"export", "pem", "laptop", "-o", "new.pem"}).exit_code, 2) << "only revoked";
    EXPECT_FALSE(exists("new.pem") || exists("new.p12"));
}

TEST_F(PkiExport, FindsTheKeyOfACertificateThatWasRenewed) {
    const auto shown = parse_json(must({"issue", "client", "phone", "--json"}), JsonLimits{});
    ASSERT_TRUE(shown.has_value());
    const std::string serial = shown->text_member("serial").value();
    must({"rekey", "phone"});
    must({"export", "pem", serial, "-o", "old.pem"});
    EXPECT_EQ(content("old.pem"), content("pki/retired/" + serial + "/bundle.pem"));
    must({"export", "pem", "phone", "-o", "new.pem"});
    EXPECT_EQ(content("new.pem"), content("pki/issued/phone/bundle.pem"));
}

TEST_F(PkiExport, SaysWhereTheKeyOfARequestIs) {
    tool(
        "openssl",
        {"req",
         "-new",
         "-newkey",
         "ec",
         "-pkeyopt",
         "ec_paramgen_curve:P-256",
         "-nodes",
         "-subj",
         "/CN=localhost",
         "-addext",
         "subjectAltName=DNS:localhost",
         "-keyout",
         file("k"),
         "-out",
         file("csr")}
    );
    must({"sign", "csr", "--name", "web"});
    const Outcome refused = pki({"export", "pem", "web", "-o", "web.pem"});
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.errors, HasSubstr("with its owner"));
    must({"export", "pem", "web", "--no-key", "-o", "web.pem"});
}

}  // namespace
}  // namespace heliograph::test_support
