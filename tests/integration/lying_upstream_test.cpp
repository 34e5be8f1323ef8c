// SPDX-License-Identifier: Apache-2.0
// A mirror whose upstream lies (threats T1 to T3, T7, T15, T17, T23): `mirror sync` stores nothing
// bad, keeps what it had, says what was wrong, and is well again as soon as the upstream is.
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/plain_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class LyingUpstream : public ::testing::Test {
  protected:
    LyingUpstream() {
        const auto wheel = m_house.make_wheel({.name = "sample"});
        const auto other = m_house.make_wheel({.name = "other"});
        m_wheel = read_text(wheel);
        m_file = package_path(m_wheel, wheel.filename());
        m_other = read_text(other);
        m_other_file = package_path(m_other, other.filename());
        m_house.make_master({wheel, other});
        m_master.emplace(m_house.serve("master"));
        m_upstream.emplace(m_master->url(), Greeting::tls, m_house.server_identity());
    }

    /// Sync in the face of the lie: refused, nothing bad stored; after the lie has ended, all is
    /// well.
    void expect_refused(
        const std::string& name, const std::function<void(LyingMirror&)>& lie, int exit_code
    ) {
        SCOPED_TRACE(name);
        const std::string folder = "mirror" + std::to_string(++m_mirrors);
        m_upstream->repent();
        lie(*m_upstream);
        m_house.make_mirror(folder, m_upstream->url());
        const Outcome outcome = m_house.run("mirror", {"sync", "--dir", folder});
        EXPECT_EQ(outcome.exit_code, exit_code) << outcome.output << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr(m_upstream->url()));
        m_house.must("mirror", {"verify", "--dir", folder});
        expect_true_blobs(folder);

        m_upstream->repent();
        m_house.must("mirror", {"sync", "--dir", folder, "--retry"});
        m_house.must("mirror", {"verify", "--dir", folder});
        for (const char* project : {"sample", "other"}) {
            EXPECT_EQ(
                m_house.must("mirror", {"list", "--dir", folder, project}).output,
                m_house.must("mirror", {"list", "--dir", "master", project}).output
            );
        }
    }

    /// Every stored blob is one the master published, under its own digest.
    void expect_true_blobs(const std::string& folder) {
        const auto honest = contents_of(m_house / "master/blobs");
        for (const auto& [name, content] : contents_of(m_house / folder / "blobs")) {
            EXPECT_EQ(honest.count(name), 1U) << name << " is none of the master's";
            EXPECT_EQ(sha256_hex(content), fs::path(name).filename());
        }
    }

    Household m_house;
    std::string m_wheel;
    std::string m_other;
    std::string m_file;
    std::string m_other_file;
    std::optional<Serving> m_master;
    std::optional<LyingMirror> m_upstream;
    int m_mirrors{0};
};

TEST_F(LyingUpstream, ThatAltersAFileIsRefused) {
    const Target file = Target::path(m_file);
    expect_refused(
        "one bit", [&](auto& liar) { liar.flip_byte(file); }, 1
    );
    expect_refused(
        "another wheel", [&](auto& liar) { liar.swap(file, m_other_file); }, 1
    );
    expect_refused(
        "endless", [&](auto& liar) { liar.misbehave(file, Misbehaviour::endless); }, 1
    );
    expect_refused(
        "truncated", [&](auto& liar) { liar.misbehave(file, Misbehaviour::close, 10); }, 5
    );
    expect_refused(
        "altered metadata",
        [&](auto& liar) { liar.flip_byte(Target::path(m_file + ".metadata")); },
        1
    );
}

TEST_F(LyingUpstream, ThatAltersAPageIsRefused) {
    const Target page = Target::path("/simple/sample/");
    expect_refused(
        "a hash", [&](auto& liar) { liar.edit(page, sha256_hex(m_wheel), sha256_hex(m_other)); }, 1
    );
    expect_refused(
        "no signature",
        [&](auto& liar) {
            liar.hide(Target::below("/serversig/sample"));
            liar.alter(page, [](Reply& reply) { reply.headers.clear(); });
        },
        4
    );
    expect_refused(
        "the page of another project",
        [&](auto& liar) {
            liar.swap(page, "/simple/other/");
            liar.swap(Target::path("/serversig/sample"), "/serversig/other");
            liar.swap(Target::path("/serversig/sample.json"), "/serversig/other.json");
        },
        1
    );
    expect_refused(
        "no signer", [&](auto& liar) { liar.hide(Target::path("/serverkey.crt")); }, 4
    );
}

TEST_F(LyingUpstream, WithAHostileChangelogIsRefused) {
    const Target changelog = Target::path("/changelog");
    const auto say = [&](const std::string& body) {
        return [changelog, body](LyingMirror& liar) {
            liar.say(changelog, ok(body, "application/json"));
        };
    };
    const auto event = [](const std::string& project, const std::string& file) {
        const std::string zeros(64, '0');
        return R"({"meta":{"format":"heliograph-changelog-1","last-serial":1},"events":[{"serial":1,"time":)"
               R"("2026-01-02T03:04:05Z","project":")" +
               project + R"(","action":"add-file","filename":")" + file +
               R"(","page-html-sha256":")" + zeros + R"(","page-json-sha256":")" + zeros +
               R"("}],"more":false})";
    };
    expect_refused("no JSON", say("hello"), 1);
    expect_refused("depth", say(std::string(10'000, '[')), 1);
    expect_refused(
        "two serials",
        say(R"({"meta":{"last-serial":1,"last-serial":2},"events":[],"more":false})"),
        1
    );
    expect_refused(
        "a project that climbs", say(event("../../evil", "sample-1.0-py3-none-any.whl")), 1
    );
    expect_refused("a file that climbs", say(event("sample", "../../evil-1.0.tar.gz")), 1);
    expect_refused(
        "endless", [&](auto& liar) { liar.misbehave(changelog, Misbehaviour::endless); }, 1
    );
    expect_refused(
        "gone", [&](auto& liar) { liar.hide(changelog); }, 5
    );
    expect_refused(
        "500", [&](auto& liar) { liar.say(Target::any(), status(500)); }, 5
    );
}

TEST_F(LyingUpstream, ThatGoesBackwardsIsRefused) {
    m_house.make_mirror("mirror", m_upstream->url());
    m_upstream->remember();
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    m_house.must(
        "mirror",
        {"add", "--dir", "master", m_house.make_wheel({.name = "sample", .version = "1.1"})}
    );
    m_upstream->repent();
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    const std::string newest = m_house.must("mirror", {"list", "--dir", "mirror", "sample"}).output;

    m_upstream->edit(Target::path("/changelog"), "\"last-serial\":9", "\"last-serial\":1");
    const Outcome outcome = m_house.run("mirror", {"sync", "--dir", "mirror"});
    EXPECT_THAT(outcome.exit_code, AnyOf(1, 6)) << outcome.output << outcome.errors;
    EXPECT_EQ(m_house.must("mirror", {"list", "--dir", "mirror", "sample"}).output, newest);
}

}  // namespace
}  // namespace heliograph::test_support
