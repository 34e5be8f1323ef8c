// SPDX-License-Identifier: Apache-2.0
// Other people's programs against ours: pip unmodified, and OpenSSL's own judgement on our
// signatures.
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/plain_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <regex>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* json_type = "application/vnd.pypi.simple.v1+json";

/// A master and a mirror of it that has synchronised, both served.
class StockTools : public ::testing::Test {
  protected:
    StockTools() {
        m_wheel = m_house.make_wheel({.name = "My.Sample", .version = "1.0"});
        m_house.make_master({m_wheel});
        m_master.emplace(m_house.serve("master"));
        m_house.make_mirror("mirror", m_master->url());
        m_house.must("mirror", {"sync", "--dir", "mirror"});
        m_mirror.emplace(m_house.serve("mirror"));
    }

    /// Stores what a server says about a path, and returns where.
    [[nodiscard]] fs::path save(
        const std::string& url, const std::string& path, const std::string& accept
    ) const {
        const Reply reply = plain_get(url, path, {{"Accept", accept}});
        EXPECT_EQ(reply.status, 200) << path;
        const fs::path place = m_house / ("saved" + sha256_hex(path + accept + url));
        std::ofstream(place, std::ios::binary) << reply.body;
        return place;
    }

    [[nodiscard]] Outcome openssl(std::vector<std::string> arguments) const {
        return run(
            {.program = "openssl", .arguments = std::move(arguments), .folder = m_house.folder()}
        );
    }

    /// The same server under the name in its certificate.
    [[nodiscard]] static std::string named_url(const Serving& served) {
        return std::regex_replace(served.url(), std::regex("127\\.0\\.0\\.1"), "localhost");
    }

    /// `pip download` from the mirror; @p pip is how to start it. By a name, since pip from 24.2 on
    /// takes no number in an https address (pip issue 12906).
    void expect_pip_downloads(std::vector<std::string> pip) {
        const std::string destination = m_house / "pip";
        const std::vector<std::string> arguments{
            "download",
            "my-sample",
            "--no-deps",
            "--isolated",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--index-url",
            named_url(*m_mirror) + "simple/",
            "--cert",
            m_house / "pki/root.crt",
            "--dest",
            destination};
        pip.insert(pip.end(), arguments.begin(), arguments.end());
        const Outcome outcome = run({
            .program = "python3",
            .arguments = std::move(pip),
            // Where these are set they win over --cert, against pip's own documentation.
            .environment =
                {{"HOME", m_house.folder()},
                 {"NO_PROXY", "localhost"},
                 {"REQUESTS_CA_BUNDLE", ""},
                 {"CURL_CA_BUNDLE", ""}},
        });
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
        EXPECT_EQ(
            contents_of(destination),
            (std::map<std::string, std::string>{{m_wheel.filename(), read_text(m_wheel)}})
        );
        EXPECT_THAT(outcome.errors, ::testing::Not(HasSubstr("WARNING: The repository")));
    }

    static fs::path pip_wheel() {
        fs::path wheel;
        for (const auto& entry : fs::directory_iterator("/usr/share/python-wheels")) {
            if (entry.path().filename().string().rfind("pip-", 0) == 0) {
                wheel = entry.path();
            }
        }
        EXPECT_NE(
            wheel, ""
        ) << "the package python3-pip-whl is missing; run tools/bootstrap.sh --test";
        return wheel;
    }

    Household m_house;
    fs::path m_wheel;
    std::optional<Serving> m_master;
    std::optional<Serving> m_mirror;
};

TEST_F(StockTools, OpensslAgreesWithEveryPageSignature) {
    const fs::path key = save(m_master->url(), "/serverkey", "*/*");
    for (const Serving* server : {&*m_master, &*m_mirror}) {
        const fs::path html = save(server->url(), "/simple/my-sample/", "text/html");
        const fs::path html_signature = save(server->url(), "/serversig/my-sample", "*/*");
        const fs::path json = save(server->url(), "/simple/my-sample/", json_type);
        const fs::path json_signature = save(server->url(), "/serversig/my-sample.json", "*/*");
        for (const auto& [page, signature] :
             {std::pair{html, html_signature}, {json, json_signature}}) {
            const Outcome good =
                openssl({"dgst", "-sha256", "-verify", key, "-signature", signature, page});
            EXPECT_EQ(good.exit_code, 0) << good.errors;
            EXPECT_EQ(good.output, "Verified OK\n");
        }
        const Outcome crossed =
            openssl({"dgst", "-sha256", "-verify", key, "-signature", html_signature, json});
        EXPECT_NE(crossed.exit_code, 0);
    }
}

TEST_F(StockTools, OpensslTrustsTheSignerByTheRootAlone) {
    const fs::path chain = save(m_mirror->url(), "/serverkey.crt", "*/*");
    const Outcome verified =
        openssl({"verify", "-CAfile", "pki/root.crt", "-untrusted", chain, "-x509_strict", chain});
    EXPECT_EQ(verified.exit_code, 0) << verified.output << verified.errors;
    const fs::path key = save(m_master->url(), "/serverkey", "*/*");
    EXPECT_EQ(openssl({"x509", "-in", chain, "-noout", "-pubkey"}).output, read_text(key));
    EXPECT_EQ(plain_get(m_mirror->url(), "/serverkey").status, 404)
        << "PEP 381: a mirror has no key";
}

TEST_F(StockTools, OpensslAcceptsTheRevocationLists) {
    const fs::path lists = save(m_mirror->url(), "/serverkey.crl", "*/*");
    const fs::path chain = save(m_mirror->url(), "/serverkey.crt", "*/*");
    const Outcome verified = openssl(
        {"verify",
         "-crl_check_all",
         "-CRLfile",
         lists,
         "-CAfile",
         "pki/root.crt",
         "-untrusted",
         chain,
         chain}
    );
    EXPECT_EQ(verified.exit_code, 0) << verified.output << verified.errors;
}

// pip 22.3 to 23.1 stops on an object under the key that PEP 714 gave up; Debian 12 has one of
// them.
TEST_F(StockTools, PagesHaveNothingThatStopsDeployedInstallers) {
    for (const auto& [path, accept] :
         {std::pair{"/simple/my-sample/", json_type}, {"/simple/my-sample/", "text/html"}}) {
        const Reply reply = plain_get(m_mirror->url(), path, {{"Accept", accept}});
        EXPECT_THAT(reply.body, HasSubstr("core-metadata"));
        EXPECT_THAT(reply.body, ::testing::Not(HasSubstr("dist-info-metadata")));
    }
}

// pip from 23.2 on takes what a page offers for what a build will have, and leaves out the rest.
TEST_F(StockTools, NoMetadataAreOfferedOfASourceArchiveThatDoesNotBindItsBuild) {
    fs::create_directory(m_house / "sdist");
    m_house.must(
        "mirror",
        {"add", "--dir", "master", write_sdist(m_house / "sdist", {.name = "Grown"}).string()}
    );
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    m_house.must("mirror", {"verify", "--dir", "mirror"});
    m_house.must("mirror", {"verify", "--dir", "master"});
    m_house.must("mirror", {"export", "--dir", "mirror", "tree"});
    std::size_t sdists = 0;
    for (const auto& entry : fs::recursive_directory_iterator(m_house / "tree")) {
        EXPECT_NE(entry.path().filename(), "grown-1.0.tar.gz.metadata");
        EXPECT_NE(entry.path().filename(), "Grown-1.0.tar.gz.metadata");
        sdists += entry.path().string().ends_with(".tar.gz") ? 1U : 0U;
    }
    EXPECT_EQ(sdists, 1U);
    const std::regex place("(/packages/[^\"#]*\\.tar\\.gz)");
    for (const Serving* server : {&*m_master, &*m_mirror}) {
        for (const char* accept : {json_type, "text/html"}) {
            const auto page = plain_get(server->url(), "/simple/grown/", {{"Accept", accept}}).body;
            EXPECT_THAT(page, ::testing::Not(HasSubstr("core-metadata")));
            std::smatch found;
            ASSERT_TRUE(std::regex_search(page, found, place)) << page;
            EXPECT_EQ(plain_get(server->url(), found[1].str()).status, 200);
            EXPECT_EQ(plain_get(server->url(), found[1].str() + ".metadata").status, 404);
        }
    }
}

TEST_F(StockTools, DebiansPipPassesOverAYankedRelease) {
    m_house.must(
        "mirror",
        {"add", "--dir", "master", m_house.make_wheel({.name = "My.Sample", .version = "2.0"})}
    );
    m_house.must("mirror", {"yank", "--dir", "master", "my-sample", "2.0", "--reason", "broken"});
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    expect_pip_downloads({pip_wheel() / "pip"});
}

TEST_F(StockTools, DebiansPipDownloadsFromAMirror) {
    expect_pip_downloads({pip_wheel() / "pip"});
}

}  // namespace
}  // namespace heliograph::test_support
