// SPDX-License-Identifier: Apache-2.0
// Uploads over TLS to a server that asks for client certificates: demanded, and only requested.
#include <tests/integration/household.hpp>
#include <tests/support/process.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* builder_uri = "spiffe://example/build/builder";

class ClientCertificates : public ::testing::Test {
  protected:
    ClientCertificates() {
        m_house.make_master({m_house.make_wheel({.name = "first"})});
        m_house.must("pki", {"issue", "client", "builder", "--uri", builder_uri, "--dir", "pki"});
        m_house.must("pki", {"init", "--dir", "other-pki", "--name", "Other"});
        m_house.must(
            "pki", {"issue", "client", "builder", "--uri", builder_uri, "--dir", "other-pki"}
        );
        std::string line =
            m_house.must("mirror", {"token", "new", "--dir", "master", "--project", "two"}).output;
        m_token = line.substr(line.find("hgt_"));
        m_token = m_token.substr(0, m_token.find_first_of(" \n"));
    }

    Serving serve(const std::vector<std::string>& more) {
        std::vector<std::string> arguments{
            "serve",
            "--dir",
            "master",
            "--listen",
            "127.0.0.1:0",
            "--tls",
            "pki/issued/localhost/bundle.pem",
            "--client-root",
            "pki/root.crt",
            "--uploads",
            "--upload-role",
            builder_uri,
            "--port-file",
            m_house / "port"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        fs::remove(m_house / "port");
        return {m_house.command("mirror", arguments), m_house / "port"};
    }

    struct Client {
        std::string certificate = {};  ///< Its folder; empty: none is shown.
        std::string token = {};
    };

    // @return What curl prints last: the status, 000 where TLS came to nothing.
    std::string curl(const Client& client, std::vector<std::string> arguments) const {
        arguments.insert(
            arguments.begin(),
            {"-sS",
             "--noproxy",
             "*",
             "--cacert",
             m_house / "pki/root.crt",
             "-o",
             m_house / "said",
             "-w",
             "%{http_code}"}
        );
        if (!client.certificate.empty()) {
            arguments.insert(
                arguments.end(), {"--cert", m_house / client.certificate / "bundle.pem"}
            );
        }
        if (!client.token.empty()) {
            arguments.insert(arguments.end(), {"--user", "__token__:" + client.token});
        }
        return run({.program = "curl", .arguments = std::move(arguments)}).output;
    }

    std::string upload(const std::string& url, const Client& client, const std::string& name) {
        const auto wheel = m_house.make_wheel({.name = name});
        return curl(
            client,
            {"-F",
             ":action=file_upload",
             "-F",
             "protocol_version=1",
             "-F",
             "name=" + name,
             "-F",
             "version=1.0",
             "-F",
             "filetype=bdist_wheel",
             "-F",
             "pyversion=py3",
             "-F",
             "metadata_version=2.1",
             "-F",
             "sha256_digest=" + sha256_hex(read_text(wheel)),
             "-F",
             "content=@" + wheel.string(),
             url + "legacy/"}
        );
    }

    Household m_house;
    std::string m_token;
    const std::string m_builder = "pki/issued/builder";
    const std::string m_stranger = "other-pki/issued/builder";
};

TEST_F(ClientCertificates, AreDemandedOfEverybodyWhereNothingElseIsSaid) {
    auto master = serve({});
    EXPECT_EQ(curl({}, {master.url() + "simple/"}), "000");
    EXPECT_EQ(upload(master.url(), {.token = m_token}, "two"), "000") << "a token is none";
    EXPECT_EQ(curl({.certificate = m_builder}, {master.url() + "simple/"}), "200");
    EXPECT_EQ(upload(master.url(), {.certificate = m_builder}, "three"), "200");
    EXPECT_EQ(upload(master.url(), {.certificate = m_builder, .token = m_token}, "two"), "200");
}

TEST_F(ClientCertificates, AreRequestedBesideTokensWhereTheOperatorSaysSo) {
    auto master = serve({"--client-certificate", "requested"});
    EXPECT_EQ(curl({}, {master.url() + "simple/"}), "200");
    EXPECT_EQ(upload(master.url(), {.token = m_token}, "two"), "200");
    EXPECT_EQ(upload(master.url(), {.token = m_token}, "three"), "403") << "of another project";
    EXPECT_EQ(upload(master.url(), {}, "three"), "401");
    EXPECT_EQ(upload(master.url(), {.token = "hgt_none"}, "three"), "403");
    EXPECT_EQ(upload(master.url(), {.certificate = m_builder}, "three"), "200");
    EXPECT_EQ(curl({.certificate = m_stranger}, {master.url() + "simple/"}), "000")
        << "one that is shown has to be good";
    EXPECT_EQ(upload(master.url(), {.certificate = m_stranger, .token = m_token}, "two"), "000");
    const auto listed = m_house.must("mirror", {"list", "--dir", "master"}).output;
    EXPECT_THAT(listed, HasSubstr("two"));
    EXPECT_THAT(listed, HasSubstr("three"));
}

TEST_F(ClientCertificates, AreNotRequestedWithoutARoot) {
    const auto refused = m_house.run(
        "mirror",
        {"serve",
         "--dir",
         "master",
         "--tls",
         "pki/issued/localhost/bundle.pem",
         "--client-certificate",
         "requested"}
    );
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("expected --client-root FILE"));
}

}  // namespace
}  // namespace heliograph::test_support
