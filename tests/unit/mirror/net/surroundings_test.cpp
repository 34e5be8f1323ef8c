// SPDX-License-Identifier: Apache-2.0
// Proxies and .netrc, as they stand in the environment and as they are used.
#include <mirror/net/curl_transport.hpp>
#include <mirror/net/surroundings.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/forward_proxy.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/support/test_authority.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace heliograph::mirror {
namespace {

using test_support::ForwardProxy;
using test_support::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Result<Surroundings> surroundings_of(std::map<std::string, std::string> variables) {
    return read_surroundings([&](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

TEST(Surroundings, AreReadAsCurlReadsThem) {
    const auto around = surroundings_of(
        {{"http_proxy", "http://one:3128"},
         {"HTTPS_PROXY", "two"},
         {"ALL_PROXY", "socks5h://three"},
         {"NO_PROXY", "example.org"}}
    );
    ASSERT_TRUE(test::succeeded(around));
    EXPECT_EQ(around->http_proxy, "http://one:3128");
    EXPECT_EQ(around->https_proxy, "two");
    EXPECT_THAT(around->no_proxy, HasSubstr("127.0.0.0/8"));
    EXPECT_THAT(around->no_proxy, HasSubstr(",example.org"));
    EXPECT_EQ(surroundings_of({{"all_proxy", "x"}})->http_proxy, "x");
    EXPECT_EQ(surroundings_of({{"no_proxy", "*"}})->no_proxy, "*");
}

TEST(Surroundings, DoNotHearTheVariableThatClientsOfCgiProgramsSet) {
    EXPECT_EQ(surroundings_of({{"HTTP_PROXY", "http://evil"}})->http_proxy, "");
}

TEST(Surroundings, OfNothingMeanNoProxy) {
    EXPECT_EQ(surroundings_of({{"https_proxy", ""}, {"ALL_PROXY", "x"}})->https_proxy, "");
}

TEST(Surroundings, RefuseProxiesOfOtherKindsWithoutRepeatingThem) {
    for (const char* bad : {"https://user:secret@p", "ftp://user:secret@p", "user:secret@p x"}) {
        const auto around = surroundings_of({{"https_proxy", bad}});
        heliograph::test::expect_error(around, ErrorCode::invalid_argument, "https_proxy");
        EXPECT_THAT(around.error().describe(), Not(HasSubstr("secret")));
    }
}

TEST(Surroundings, NameTheFileOfPasswordsIfItIsThere) {
    const test::TempFolder home;
    EXPECT_TRUE(surroundings_of({{"HOME", home.path()}})->netrc.empty());
    ASSERT_TRUE(write_file_atomically(home / ".netrc", bytes_of("")));
    ASSERT_TRUE(write_file_atomically(home / "other", bytes_of("")));
    EXPECT_EQ(surroundings_of({{"HOME", home.path()}})->netrc, home / ".netrc");
    EXPECT_EQ(
        surroundings_of({{"HOME", home.path()}, {"NETRC", home / "other"}})->netrc, home / "other"
    );
}

Result<HttpDocument> ask(const Surroundings& around, const std::string& url) {
    const auto transport = CurlTransport::open("tests", around).value();
    return fetch_document(*transport, {.url = Url::parse(url).value(), .limit_bytes = 1000});
}

TEST(Proxy, IsAskedForHttp) {
    ScriptedServer server;
    server.on("/page", test_support::ok("through"));
    const ForwardProxy proxy(server.port());
    const auto around =
        surroundings_of({{"http_proxy", "http://127.0.0.1:" + std::to_string(proxy.port())}});
    const auto got = ask(*around, "http://mirror.example/page");
    ASSERT_TRUE(test::succeeded(got));
    EXPECT_EQ(text_of(got->body), "through");
    EXPECT_THAT(proxy.requests(), ElementsAre("GET http://mirror.example/page HTTP/1.1"));
}

TEST(Proxy, IsNotAskedForWhatItIsToBeSpared) {
    ScriptedServer server;
    server.on("/page", test_support::ok("direct"));
    const ForwardProxy proxy(server.port());
    const auto around =
        surroundings_of({{"http_proxy", "http://127.0.0.1:" + std::to_string(proxy.port())}});
    EXPECT_EQ(text_of(ask(*around, server.url() + "page")->body), "direct");
    EXPECT_THAT(proxy.requests(), IsEmpty()) << "this machine is asked directly";
}

TEST(Proxy, ThatDemandsCredentialsIsGivenThoseOfItsUrlAndNobodyHearsThem) {
    ScriptedServer server;
    server.on("/page", test_support::ok("through"));
    const ForwardProxy proxy(server.port(), "dXNlcjpzZWNyZXQ=");
    const auto at = "127.0.0.1:" + std::to_string(proxy.port());
    const auto good = surroundings_of({{"http_proxy", "http://user:secret@" + at}});
    EXPECT_TRUE(test::succeeded(ask(*good, "http://mirror.example/page")));
    EXPECT_EQ(server.requests().front().header("Authorization"), "");
    const auto bad = surroundings_of(
        {{"http_proxy", "http://user:topsecret@" + at},
         {"https_proxy", "http://user:topsecret@" + at}}
    );
    const auto refused = ask(*bad, "http://mirror.example/page");
    heliograph::test::expect_error(refused, ErrorCode::network, "proxy");
    EXPECT_THAT(refused.error().describe(), Not(HasSubstr("topsecret")));
}

}  // namespace
}  // namespace heliograph::mirror
