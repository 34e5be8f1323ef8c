// SPDX-License-Identifier: Apache-2.0
// What `mirror export` wrote, served by an unmodified nginx with the configuration of
// samples/nginx, to our own fetch and mirror and to pip.
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/places.hpp>
#include <tests/support/plain_client.hpp>
#include <tests/support/spawn.hpp>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* nginx = "/usr/sbin/nginx";

// Free a moment ago; whoever asks for it finds out whether it still is.
std::uint16_t free_port() {
    const Descriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(probe.number(), generic, size), 0);
    EXPECT_EQ(::getsockname(probe.number(), generic, &size), 0);
    return ntohs(address.sin_port);
}

std::string header_of(const Reply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers) {
        if (std::equal(key.begin(), key.end(), name.begin(), name.end(), [](char left, char right) {
                return std::tolower(left) == std::tolower(right);
            })) {
            return value;
        }
    }
    return {};
}

void replace(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
}

class StaticTree : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(fs::exists(nginx)) << "nginx is missing; run tools/bootstrap.sh --test";
        m_wheel = m_house.make_wheel({.name = "My.Sample", .version = "1.0"});
        m_house.make_master({m_wheel});
        m_house.must("mirror", {"export", "--dir", "master", "tree"});
        start();
    }

    // nginx ends its worker when it is asked to end; killed, it would leave it behind.
    void TearDown() override {
        if (m_server) {
            EXPECT_EQ(m_server->stop().exit_code, 0);
        }
    }

    // The port is chosen by the system and can be another's by the time nginx asks for it.
    void start() {
        for (int tries = 0; tries < 5 && !m_server; ++tries) {
            const auto port = free_port();
            configure(port);
            m_server.emplace(Command{
                .program = nginx,
                .arguments = {"-p", m_house.folder(), "-c", m_house / "nginx.conf", "-e", "stderr"},
                .folder = m_house.folder()});
            m_url = "https://127.0.0.1:" + std::to_string(port) + "/";
            try {
                (void)m_server->wait_for_line(Stream::errors, "start worker process ");
            } catch (const std::runtime_error&) {
                m_server.reset();
            }
        }
        ASSERT_TRUE(m_server) << "nginx does not start";
    }

    void start_anew(const std::string& listening) {
        EXPECT_EQ(m_server->stop().exit_code, 0);
        m_server.reset();
        m_listening = listening;
        start();
    }

    void configure(std::uint16_t port) {
        const auto identity = m_house.server_identity();
        std::ofstream(m_house / "server.crt") << identity.chain_pem;
        std::ofstream(m_house / "server.key") << identity.key_pem;
        fs::permissions(m_house / "server.key", fs::perms::owner_read | fs::perms::owner_write);
        std::string site = read_text(fs::path(source_folder) / "samples/nginx/heliograph.conf");
        replace(
            site,
            "listen 127.0.0.1:8080;",
            "listen 127.0.0.1:" + std::to_string(port) + m_listening + "; ssl_certificate " +
                (m_house / "server.crt").string() + "; ssl_certificate_key " +
                (m_house / "server.key").string() + ";"
        );
        replace(site, "root /srv/heliograph;", "root " + (m_house / "tree").string() + ";");
        std::ofstream(m_house / "site.conf") << site;
        std::string paths;
        for (const auto* path : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
            paths += std::string(path) + "_temp_path " + (m_house / "temp").string() + ";\n";
        }
        std::ofstream(m_house / "nginx.conf")
            << "daemon off; master_process on; worker_processes 1; user root;\n"
            << "pid nginx.pid; error_log stderr notice;\nevents { }\n"
            << "http { log_format protocols '$server_protocol $request_uri';\n"
            << "access_log access.log protocols;\n"
            << paths << "include site.conf; }\n";
    }

    Household m_house;
    fs::path m_wheel;
    std::optional<Process> m_server;
    std::string m_url;
    std::string m_listening{" ssl"};
};

TEST_F(StaticTree, AMirrorSpeaksHttp2WithAServerThatDoes) {
    start_anew(" ssl http2");
    m_house.make_mirror("second", m_url);
    m_house.must("mirror", {"sync", "--dir", "second"});
    m_house.must("mirror", {"verify", "--dir", "second"});
    EXPECT_EQ(m_server->stop().exit_code, 0);
    m_server.reset();
    std::istringstream log(read_text(m_house / "access.log"));
    int questions = 0;
    for (std::string line; std::getline(log, line); ++questions) {
        EXPECT_THAT(line, ::testing::StartsWith("HTTP/2.0 ")) << "every question";
    }
    EXPECT_GT(questions, 3);
}

TEST_F(StaticTree, NginxServesItToFetchPipAndAMirror) {
    const auto fetched = m_house.fetch({m_url}, {"--verify", "my-sample"});
    EXPECT_EQ(fetched.outcome.exit_code, 0) << fetched.outcome.errors;
    const std::map<std::string, std::string> wanted{{m_wheel.filename(), read_text(m_wheel)}};
    EXPECT_EQ(fetched.files, wanted);

    const auto pip = run({
        .program = "python3",
        .arguments =
            {"-m",
             "pip",
             "download",
             "my-sample",
             "--no-deps",
             "--isolated",
             "--no-cache-dir",
             "--disable-pip-version-check",
             "--index-url",
             m_url + "simple/",
             "--cert",
             m_house / "pki/root.crt",
             "--dest",
             m_house / "pip"},
        .environment =
            {{"HOME", m_house.folder()},
             {"NO_PROXY", "127.0.0.1"},
             {"REQUESTS_CA_BUNDLE", ""},
             {"CURL_CA_BUNDLE", ""}},
    });
    if (pip.errors.find("No module named pip") == std::string::npos) {
        EXPECT_EQ(pip.exit_code, 0) << pip.output << pip.errors;
        EXPECT_EQ(contents_of(m_house / "pip"), wanted);
    }

    m_house.make_mirror("mirror", m_url);
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    const auto second = m_house.make_wheel({.name = "My.Sample", .version = "1.1"});
    m_house.must("mirror", {"add", "--dir", "master", second});
    m_house.must("mirror", {"export", "--dir", "master", "tree"});
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    m_house.must("mirror", {"verify", "--dir", "mirror"});
    const auto listed = m_house.must("mirror", {"list", "--dir", "mirror", "my-sample"});
    EXPECT_THAT(listed.output, HasSubstr(second.filename().string()));
}

TEST_F(StaticTree, NginxChoosesTheFormByTheAcceptLine) {
    const std::string json = "application/vnd.pypi.simple.v1+json";
    const std::string v1_html = "application/vnd.pypi.simple.v1+html";
    const std::string html = "text/html; charset=utf-8";
    const std::map<std::string, std::string> types{
        {json + ", application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01", json},
        {"application/vnd.pypi.simple.latest+json", json},
        {json + ";q=0, text/html", html},
        {json + ";q=0, */*;q=0.1", html},
        {"text/html, " + json + ";q=0.5", html},
        {"text/html;q=0.5, " + json + ";q=0.7", json},
        {"text/html; q=0.01, " + json + "; q=0.01", json},
        {v1_html, v1_html},
        {"APPLICATION/*", json},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", html},
        {"text/*", html},
        {"*/*", html}};
    for (const auto& [accept, type] : types) {
        for (const std::string page : {"/simple/", "/simple/my-sample/"}) {
            const Reply reply = plain_get(m_url, page, {{"Accept", accept}});
            EXPECT_EQ(reply.status, 200) << accept;
            EXPECT_EQ(header_of(reply, "Content-Type"), type) << accept;
            EXPECT_EQ(header_of(reply, "Vary"), "Accept") << accept;
            const auto tag = header_of(reply, "ETag");
            EXPECT_FALSE(tag.empty());
            const auto again = plain_get(m_url, page, {{"Accept", accept}, {"If-None-Match", tag}});
            EXPECT_EQ(again.status, 304) << accept;
        }
    }
    for (const std::string& accept : {std::string("image/png"), json + ";q=0"}) {
        const Reply refused = plain_get(m_url, "/simple/my-sample/", {{"Accept", accept}});
        EXPECT_EQ(refused.status, 406) << accept;
        EXPECT_EQ(header_of(refused, "Vary"), "Accept");
    }
    for (const std::string& format :
         {json, std::string("application%2Fvnd.pypi.simple.latest%2Bjson")}) {
        const Reply asked =
            plain_get(m_url, "/simple/my-sample/?format=" + format, {{"Accept", "text/html"}});
        EXPECT_EQ(header_of(asked, "Content-Type"), json);
    }
    EXPECT_EQ(plain_get(m_url, "/simple/?format=text/plain").status, 406);
    EXPECT_EQ(plain_get(m_url, "/simple/my-sample").status, 301);
    EXPECT_EQ(plain_get(m_url, "/serversig/my-sample/").status, 200) << "PEP 381's own client";
    EXPECT_EQ(plain_get(m_url, "/changelog?since=0").status, 200);
    EXPECT_EQ(plain_get(m_url, "/changelog?since=../../simple/index").status, 404);
    EXPECT_EQ(plain_get(m_url, "/.heliograph-export").status, 404);
}

// PEP 503.
TEST_F(StaticTree, NginxLeadsOtherSpellingsToTheNormalisedName) {
    for (const std::string spelling :
         {"My.Sample/", "MY_SAMPLE/", "my-sample", "my--sample/", "mY._-sAMPLE", "My%2eSample/"}) {
        const Reply reply = plain_get(m_url, "/simple/" + spelling);
        EXPECT_EQ(reply.status, 301) << spelling;
        EXPECT_EQ(header_of(reply, "Location"), "/simple/my-sample/") << spelling;
    }
    EXPECT_EQ(header_of(plain_get(m_url, "/simple/No_Such/"), "Location"), "/simple/no-such/");
    for (const std::string none :
         {"simple/my_sample_/",
          "simple/-My/",
          "simple/My%20Sample/",
          "simple/AAAAAAAAAAAAAAAA/",
          "simple/no-such/",
          "normalised/My",
          "as/json/simple/",
          "left-out/my-sample.json"}) {
        EXPECT_EQ(plain_get(m_url, "/" + none).status, 404) << none;
    }
}

}  // namespace
}  // namespace heliograph::test_support
