// SPDX-License-Identifier: Apache-2.0
// `fetch` from a network that is left through a proxy alone, and to a mirror that wants a password.
#include <tests/integration/adversary.hpp>
#include <tests/support/forward_proxy.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

/// A mirror under a name that only the proxy can find.
class BehindAProxy : public AdversaryTest {
  protected:
    BehindAProxy() {
        // The household's own authority vouches for this machine alone.
        m_house.must("pki", {"init", "--dir", "far", "--permit", "dns:mirror.test"});
        m_house.must("pki", {"issue", "server", "m", "--dns", "mirror.test", "--dir", "far"});
        const TlsIdentity identity{
            read_text(m_house / "far/issued/m/chain.pem"),
            read_text(m_house / "far/issued/m/key.pem")};
        m_front.emplace(m_master->url(), Greeting::tls, identity);
        std::ofstream(m_house / "list.txt") << "https://mirror.test/\n";
    }

    Outcome fetch(const std::string& proxy) {
        fs::remove_all(m_house / "got");
        auto command = m_house.command(
            "fetch",
            {"--verify",
             "sample",
             "--mirrors",
             "list.txt",
             "--trust",
             "trust.json",
             "--ca",
             "far/root.crt",
             "--dest",
             "got"}
        );
        command.environment["https_proxy"] = proxy;
        return run(command);
    }

    std::optional<LyingMirror> m_front;
};

TEST_F(BehindAProxy, FetchReachesMirrorsByNamesThatItCannotLookUp) {
    const ForwardProxy proxy(m_front->server().port());
    const Outcome got = fetch("http://127.0.0.1:" + std::to_string(proxy.port()));
    EXPECT_EQ(got.exit_code, 0) << got.errors;
    EXPECT_EQ(read_text(m_house / "got" / m_name), m_wheel);
    EXPECT_THAT(proxy.requests(), Each(HasSubstr("CONNECT mirror.test:443 ")));
}

TEST_F(BehindAProxy, CredentialsAreOfTheProxyAloneAndNobodyReadsThem) {
    const ForwardProxy proxy(m_front->server().port(), "dXNlcjpzZWNyZXQ=");
    const auto at = "127.0.0.1:" + std::to_string(proxy.port());
    const Outcome got = fetch("http://user:secret@" + at);
    EXPECT_EQ(got.exit_code, 0) << got.errors;
    for (const auto& request : m_front->server().requests()) {
        EXPECT_EQ(request.header("Proxy-Authorization") + request.header("Authorization"), "");
    }
    const Outcome refused = fetch("http://user:topsecret@" + at);
    EXPECT_EQ(refused.exit_code, 5) << refused.errors;
    EXPECT_THAT(refused.errors, HasSubstr("407"));
    const Outcome meant = fetch("https://user:topsecret@" + at);
    EXPECT_EQ(meant.exit_code, 2) << meant.errors;
    EXPECT_THAT(refused.errors + meant.errors, Not(HasSubstr("topsecret")));
}

TEST_F(BehindAProxy, MirrorsAreToldThePasswordOfNetrcOverTls) {
    const ForwardProxy proxy(m_front->server().port());
    const fs::path home = m_house.command("fetch", {}).environment.at("HOME");
    fs::create_directories(home);
    std::ofstream(home / ".netrc") << "machine mirror.test login user password secret\n";
    const Outcome got = fetch("http://127.0.0.1:" + std::to_string(proxy.port()));
    EXPECT_EQ(got.exit_code, 0) << got.errors;
    EXPECT_EQ(
        m_front->server().requests().front().header("Authorization"), "Basic dXNlcjpzZWNyZXQ="
    );
    EXPECT_THAT(got.output + got.errors, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace heliograph::test_support
