// SPDX-License-Identifier: Apache-2.0
// A mirror of an index that signs nothing, with the real program and real TLS: asked for in so many
// words, told at each step, by whose authority the index is reached, and what clients find here.
#include <tests/integration/household.hpp>
#include <tests/support/fake_upstream.hpp>
#include <tests/support/foreign_index.hpp>
#include <tests/support/plain_client.hpp>
#include <tests/support/test_authority.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class UnsignedMirror : public ::testing::Test {
  protected:
    UnsignedMirror() {
        m_index.put("demo", "demo-1.0-py3-none-any.whl", {.content = "demo one"});
        write("ca.pem", m_authority.root_pem());
    }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(m_house / name) << text;
    }

    Outcome init(std::vector<std::string> more) {
        std::vector<std::string> arguments{"init", "--dir", "copy", "--upstream", m_upstream.url()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return m_house.run("mirror", arguments);
    }

    Outcome sync() { return m_house.run("mirror", {"sync", "--dir", "copy"}); }

    Household m_house;
    TestAuthority m_authority;
    ForeignIndex m_index{Dialect::counted};
    FakeUpstream m_upstream{
        [this](const auto& request) { return m_index.answer(request); },
        Greeting::tls,
        m_authority.issue()};
};

TEST_F(UnsignedMirror, IsNeverMadeBySilence) {
    const auto refused = init({});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("--unsigned"));
    EXPECT_FALSE(std::filesystem::exists(m_house / "copy"));
}

TEST_F(UnsignedMirror, SaysWhatAnotherFilterWouldDropAndWhatItCannotKnow) {
    m_index.put("demo", "demo-2.0-py3-none-any.whl", {.content = "demo two"});
    ASSERT_EQ(init({"--unsigned", "--ca", "ca.pem"}).exit_code, 0);
    ASSERT_EQ(sync().exit_code, 0);
    m_house.must("mirror", {"filter", "--dir", "copy", "--latest", "1"});
    const auto ahead = m_house.must("mirror", {"sync", "--dir", "copy", "--dry-run"});
    EXPECT_THAT(ahead.output, HasSubstr("would drop file demo-1.0-py3-none-any.whl (latest)"));
    EXPECT_THAT(ahead.output, HasSubstr("which files would come of 1 project is not known"));
    EXPECT_THAT(ahead.output, Not(HasSubstr("demo-2.0")));
    ASSERT_EQ(sync().exit_code, 0);
    const auto status = m_house.must("mirror", {"status", "--dir", "copy"});
    EXPECT_THAT(status.output, HasSubstr("left out for latest: 1 file"));
}

TEST_F(UnsignedMirror, TellsAtEachStepWhatVouchesAndServesWhatItTook) {
    const auto made = init({"--unsigned", "--ca", "ca.pem"});
    ASSERT_EQ(made.exit_code, 0) << made.errors;
    EXPECT_THAT(made.errors, HasSubstr("hashes and TLS only"));
    const auto synced = sync();
    ASSERT_EQ(synced.exit_code, 0) << synced.errors;
    EXPECT_THAT(synced.errors, HasSubstr("upstream-unsigned"));
    const auto status = m_house.must("mirror", {"status", "--dir", "copy", "--json"});
    EXPECT_THAT(status.output, HasSubstr("hashes-and-tls"));
    m_house.must("mirror", {"verify", "--dir", "copy"});

    const auto serving = m_house.serve("copy");
    const auto page = plain_get(
        serving.url(), "/simple/demo/", {{"Accept", "application/vnd.pypi.simple.v1+json"}}
    );
    EXPECT_EQ(page.status, 200);
    const auto place = package_path("demo one", "demo-1.0-py3-none-any.whl");
    EXPECT_THAT(page.body, HasSubstr(".." + place));
    for (const auto& [name, value] : page.headers) {
        EXPECT_NE(name, "X-Page-Signature") << value;
    }
    EXPECT_EQ(plain_get(serving.url(), place).body, "demo one");
    EXPECT_EQ(plain_get(serving.url(), "/serversig/demo").status, 404);

    // A mirror of that mirror asks for it as explicitly.
    const auto server = m_house.issued("server");
    m_house.must(
        "mirror",
        {"init",
         "--dir",
         "second",
         "--upstream",
         serving.url(),
         "--unsigned",
         "--ca",
         "pki/root.crt"}
    );
    m_house.must("mirror", {"sync", "--dir", "second"});
    EXPECT_EQ(
        m_house.must("mirror", {"list", "--dir", "second", "demo"}).output,
        m_house.must("mirror", {"list", "--dir", "copy", "demo"}).output
    );
}

TEST_F(UnsignedMirror, BelievesTheGivenAuthorityAlone) {
    write("ca.pem", TestAuthority("Stranger").root_pem());
    ASSERT_EQ(init({"--unsigned", "--ca", "ca.pem"}).exit_code, 0);
    const auto refused = sync();
    EXPECT_EQ(refused.exit_code, 5) << refused.errors;
    EXPECT_EQ(m_upstream.server().requests().size(), 0U) << "told nothing";
}

TEST_F(UnsignedMirror, BelievesTheSystemsAuthoritiesWhenNoneIsGiven) {
    ASSERT_EQ(init({"--unsigned"}).exit_code, 0);
    EXPECT_EQ(sync().exit_code, 5) << "no system knows this authority";
    auto command = m_house.command("mirror", {"sync", "--dir", "copy"});
    command.environment["SSL_CERT_FILE"] = m_house / "ca.pem";
    const auto synced = run(command);
    EXPECT_EQ(synced.exit_code, 0) << synced.errors;
}

TEST_F(UnsignedMirror, IsMadeByTlsOrNotAtAll) {
    const auto refused = m_house.run(
        "mirror", {"init", "--dir", "copy", "--upstream", "http://index.example/", "--unsigned"}
    );
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("https"));
}

TEST_F(UnsignedMirror, CannotBeAskedForWhatSignaturesAloneGive) {
    ASSERT_EQ(init({"--unsigned", "--ca", "ca.pem"}).exit_code, 0);
    ASSERT_EQ(sync().exit_code, 0);
    EXPECT_EQ(m_house.run("mirror", {"sync", "--dir", "copy", "--verify"}).exit_code, 2);
    EXPECT_EQ(m_house.run("mirror", {"bundle", "--dir", "copy", "-o", "b"}).exit_code, 2);
    EXPECT_NE(m_house.run("mirror", {"trust", "export", "--dir", "copy"}).exit_code, 0);
}

TEST_F(UnsignedMirror, OfSomeProjectsHasThoseAlone) {
    m_index.put("other", "other-1.0.tar.gz", {.content = "other one"});
    ASSERT_EQ(init({"--unsigned", "--ca", "ca.pem", "--project", "Demo"}).exit_code, 0);
    ASSERT_EQ(sync().exit_code, 0);
    EXPECT_EQ(m_upstream.server().count("/simple/other/"), 0U);
    EXPECT_EQ(m_house.must("mirror", {"filter", "--dir", "copy"}).output, "demo\n");
    write("wanted.txt", "# only this\nother\n");
    m_house.must("mirror", {"filter", "--dir", "copy", "--project-list", "wanted.txt"});
    ASSERT_EQ(sync().exit_code, 0);
    const auto listed = m_house.must("mirror", {"list", "--dir", "copy"}).output;
    EXPECT_THAT(listed, HasSubstr("other"));
    EXPECT_THAT(listed, Not(HasSubstr("demo")));
    m_house.must("mirror", {"filter", "--dir", "copy", "--all"});
    ASSERT_EQ(sync().exit_code, 0);
    EXPECT_THAT(m_house.must("mirror", {"list", "--dir", "copy"}).output, HasSubstr("demo"));
    m_house.must("mirror", {"verify", "--dir", "copy"});
}

TEST_F(UnsignedMirror, OfASigningMasterIsStillOneOfHashesAndASigningMirrorStaysOne) {
    m_house.make_master({m_house.make_wheel({.name = "sample"})});
    const auto master = m_house.serve("master");
    m_house.must(
        "mirror",
        {"init", "--dir", "copy", "--upstream", master.url(), "--unsigned", "--ca", "pki/root.crt"}
    );
    m_house.must("mirror", {"sync", "--dir", "copy"});
    const auto copy = m_house.serve("copy");
    // Here every signature is gone; a mirror that demands them takes nothing.
    m_house.make_mirror("strict", copy.url());
    const auto refused = m_house.run("mirror", {"sync", "--dir", "strict"});
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_THAT(
        m_house.must("mirror", {"status", "--dir", "strict", "--json"}).output,
        HasSubstr("\"projects\": 0")
    );
}

}  // namespace
}  // namespace heliograph::test_support
