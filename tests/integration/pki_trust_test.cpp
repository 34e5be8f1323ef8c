// SPDX-License-Identifier: Apache-2.0
// `pki trust` as people run it: stores in folders of the test alone, and real clients against a
// real server.
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>
#include <tests/support/scripted_server.hpp>

#include <unistd.h>

#include <sstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PkiTrust : public PkiHouse {
  protected:
    PkiTrust() {
        must({"init"});
        must({"issue", "server", "localhost", "--dns", "localhost", "--ip", "127.0.0.1"});
    }
    [[nodiscard]] TlsIdentity identity() const {
        return {
            .chain_pem = content("pki/issued/localhost/chain.pem"),
            .key_pem = content("pki/issued/localhost/key.pem")};
    }
    /// A root folder such as Debian's package makes it.
    void make_image() const {
        for (const char* folder :
             {"usr/local/share/ca-certificates",
              "usr/share/ca-certificates",
              "etc/ssl/certs",
              "etc/ca-certificates/update.d"}) {
            fs::create_directories(m_temp.path() / "image" / folder);
        }
        // The package's own roots: without any, the program leaves the old bundle as it is.
        must({"init", "--dir", "other"});
        fs::copy_file(file("other/root.crt"), file("image/usr/share/ca-certificates/other.crt"));
        put("image/etc/ca-certificates.conf", "other.crt\n");
    }
    [[nodiscard]] std::vector<std::string> on_image(const std::string& verb) const {
        return {"trust", verb, "--root-dir", file("image")};
    }
    [[nodiscard]] static bool is_there(const std::string& program) {
        std::istringstream folders(std::getenv("PATH"));
        for (std::string folder; std::getline(folders, folder, ':');) {
            if (::access((fs::path(folder) / program).c_str(), X_OK) == 0) {
                return true;
            }
        }
        return false;
    }
    /// Debian's own pip, which needs no installing.
    [[nodiscard]] static fs::path pip_wheel() {
        fs::path wheel;
        for (const auto& entry : fs::directory_iterator("/usr/share/python-wheels")) {
            if (entry.path().filename().string().starts_with("pip-")) {
                wheel = entry.path();
            }
        }
        EXPECT_NE(wheel, "") << "the package python3-pip-whl is missing";
        return wheel;
    }
    /// What `pki trust env` sets.
    [[nodiscard]] std::map<std::string, std::string> variables() const {
        std::map<std::string, std::string> all{{"HOME", file(".")}};
        const auto document = parse_json(must({"trust", "env", "--json"}), JsonLimits{});
        for (const JsonMember& member : **document->object_member("variables")) {
            all[member.first] = *member.second.if_text();
        }
        return all;
    }
    /// A client with these variables and without.
    void expect_trust_by_variables(
        const std::string& program,
        const std::vector<std::string>& arguments,
        const std::string& words_of_distrust
    ) const {
        const auto run_with_variables = [&](std::map<std::string, std::string> environment) {
            return run(
                {.program = program,
                 .arguments = arguments,
                 .environment = std::move(environment),
                 .folder = m_temp.path()}
            );
        };
        const Outcome trusting = run_with_variables(variables());
        const Outcome distrusting = run_with_variables({{"HOME", file(".")}});
        EXPECT_THAT(trusting.output + trusting.errors, Not(HasSubstr(words_of_distrust)));
        EXPECT_THAT(distrusting.output + distrusting.errors, HasSubstr(words_of_distrust));
        EXPECT_NE(distrusting.exit_code, 0);
    }
};

TEST_F(PkiTrust, PutsTheRootIntoDebiansStoreAndTakesItOut) {
    make_image();
    const Outcome installed = pki(on_image("install"));
    EXPECT_EQ(installed.exit_code, 0) << installed.errors;
    const auto verify = [this] {
        return tool_run(
            "openssl",
            {"verify",
             "-no-CApath",
             "-CAfile",
             file("image/etc/ssl/certs/ca-certificates.crt"),
             "-untrusted",
             file("pki/intermediate.crt"),
             file("pki/issued/localhost/cert.pem")}
        );
    };
    EXPECT_EQ(verify().exit_code, 0) << verify().errors;
    EXPECT_EQ(pki({"trust", "install", "--root-dir", "image"}).exit_code, 0)
        << "repeating it is harmless, by whatever name of the folder";
    EXPECT_EQ(verify().exit_code, 0) << verify().errors;
    EXPECT_EQ(pki(on_image("uninstall")).exit_code, 0);
    EXPECT_NE(verify().exit_code, 0);
    EXPECT_TRUE(fs::is_empty(file("image/usr/local/share/ca-certificates")));
    EXPECT_EQ(pki(on_image("uninstall")).exit_code, 3);
}

TEST_F(PkiTrust, PutsTheRootIntoNssAndTakesItOut) {
    fs::create_directory(file("nss"));
    tool("certutil", {"-N", "-d", "sql:" + file("nss"), "--empty-password"});
    const std::vector<std::string> options{"--no-system", "--nss", file("nss")};
    const auto change = [&](const std::string& verb) {
        std::vector<std::string> arguments{"trust", verb};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return pki(arguments).exit_code;
    };
    const auto listed = [this] {
        return tool("certutil", {"-L", "-d", "sql:" + file("nss")}).output;
    };
    EXPECT_EQ(change("install"), 0);
    EXPECT_THAT(listed(), AllOf(HasSubstr("heliograph Root"), HasSubstr("C,,")));
    EXPECT_EQ(change("install"), 0);
    EXPECT_EQ(change("uninstall"), 0);
    EXPECT_THAT(listed(), Not(HasSubstr("heliograph Root")));
    EXPECT_EQ(change("uninstall"), 3);
}

TEST_F(PkiTrust, FindsTheDatabasesOfBrowsers) {
    fs::create_directories(file(".pki/nssdb"));
    tool("certutil", {"-N", "-d", "sql:" + file(".pki/nssdb"), "--empty-password"});
    EXPECT_EQ(pki({"trust", "install", "--no-system"}).exit_code, 0);
    EXPECT_THAT(
        tool("certutil", {"-L", "-d", "sql:" + file(".pki/nssdb")}).output,
        HasSubstr("heliograph Root")
    );
}

TEST_F(PkiTrust, EndsByCause) {
    fs::create_directory(file("empty"));
    const Outcome nowhere = pki({"trust", "install", "--root-dir", file("empty")});
    EXPECT_EQ(nowhere.exit_code, 3);
    EXPECT_THAT(nowhere.errors, HasSubstr("pki trust env"));
    const Outcome leaf =
        pki({"trust", "env", "--root", "pki/issued/localhost/cert.pem", "--out", "bundle"});
    EXPECT_EQ(leaf.exit_code, 2);
    EXPECT_FALSE(exists("bundle"));
    const Outcome none = pki({"trust", "install", "--no-system", "--nss", file("empty")});
    EXPECT_EQ(none.exit_code, 3);
    EXPECT_THAT(none.errors, HasSubstr("saw no cert9.db; 'certutil -N -d sql:"));
    EXPECT_THAT(none.errors, Not(HasSubstr("SEC_ERROR")));
    must({"init", "--dir", "wide", "--unconstrained"});
    make_image();
    std::vector<std::string> arguments = on_image("install");
    arguments.insert(arguments.end(), {"--dir", "wide"});
    EXPECT_THAT(pki(arguments).errors, HasSubstr("may vouch for every name"));
}

TEST_F(PkiTrust, PrintsVariablesThatAShellReads) {
    const std::string bundle = file("it's a bundle");
    const std::string lines = must({"trust", "env", "--out", bundle, "--alone"});
    put("lines", lines);
    const Outcome read =
        tool("sh", {"-c", ". ./lines; printf %s \"$SSL_CERT_FILE|$NODE_EXTRA_CA_CERTS\""});
    EXPECT_EQ(read.output, bundle + "|" + bundle);
    EXPECT_EQ(content("it's a bundle"), content("pki/root.crt"));
    const std::string old_root = content("pki/root.crt");
    must({"rollover", "start", "root"});
    must({"trust", "env", "--out", bundle, "--alone"});
    EXPECT_THAT(content("it's a bundle"), HasSubstr(old_root)) << "chains of both are served";
    EXPECT_EQ(content("it's a bundle"), content("pki/root.crt"));
}

TEST_F(PkiTrust, WritesItsBundleOverNothingElse) {
    must({"trust", "env", "--out", "bundle"});
    must({"trust", "env", "--out", "bundle"});
    must({"init", "--dir", "other"});
    must({"issue", "client", "laptop"});
    must({"export", "pem", "laptop", "--no-key", "--with-root", "--out", "chain"});
    put("diary", "dear diary\n");
    for (const char* name :
         {"pki/ledger.db",
          "pki/root.crt",
          "pki/intermediate.crt",
          "pki/crl.pem",
          "pki/private/root.key",
          "pki/issued/localhost/bundle.pem",
          "other/root.crt",
          "chain",
          "diary"}) {
        const std::string before = content(name);
        const Outcome refused = pki({"trust", "env", "--out", name});
        EXPECT_EQ(refused.exit_code, 7) << name;
        EXPECT_THAT(refused.errors, HasSubstr("stays as it is")) << name;
        EXPECT_EQ(refused.output, "") << name;
        EXPECT_EQ(content(name), before) << name;
    }
    fs::create_directories(file("image/etc/ssl/certs"));
    fs::copy_file(file("pki/root.crt"), file("image/etc/ssl/certs/ca-certificates.crt"));
    std::vector<std::string> arguments = on_image("env");
    arguments.insert(arguments.end(), {"--out", "image/etc/ssl/certs/ca-certificates.crt"});
    EXPECT_EQ(pki(arguments).exit_code, 7) << "the system's own";
    must({"rollover", "start", "root"});
    must({"trust", "env", "--out", "bundle"});
}

TEST_F(PkiTrust, LetsCurlPipGitAndNodeTrustAServer) {
    const ScriptedServer server(Greeting::tls, identity());
    const std::string port = std::to_string(server.port());
    const std::string url = "https://127.0.0.1:" + port + "/";
    expect_trust_by_variables("curl", {"-sS", "--noproxy", "*", url}, "certificate");
    expect_trust_by_variables("git", {"ls-remote", url + "a.git"}, "certificate");
    // pip takes long to start; that it asks at all shows that it trusts. From 24.2 on it takes no
    // number in an https address (its issue 12906).
    const Outcome pip = run(
        {.program = "python3",
         .arguments =
             {pip_wheel() / "pip",
              "download",
              "--no-deps",
              "--retries",
              "0",
              "--disable-pip-version-check",
              "--index-url",
              "https://localhost:" + port + "/simple/",
              "a"},
         .environment = variables(),
         .folder = m_temp.path()}
    );
    EXPECT_EQ(server.count("/simple/a/"), 1U) << pip.errors;
    if (is_there("node")) {
        const std::string script = "require('https').get('" + url +
                                   "', r => r.resume()).on('error', e => { "
                                   "console.error('distrusted', e.code); process.exit(1); })";
        expect_trust_by_variables("node", {"-e", script}, "distrusted");
    }
}

}  // namespace
}  // namespace heliograph::test_support
