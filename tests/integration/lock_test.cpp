// SPDX-License-Identifier: Apache-2.0
// `fetch lock` from a real master: what it writes is read by `fetch`, `verify` and others.
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Lock : public AdversaryTest {
  protected:
    Lock() {
        std::vector<std::string> arguments{"add", "--dir", "master"};
        for (const Distribution& distribution : std::vector<Distribution>{
                 {.name = "app", .version = "2.0", .needs = {"lib[fast]<2"}},
                 {.name = "lib",
                 .version = "1.0",
                 .needs = {"tool; extra == 'fast'"},
                 .extras = {"fast"}},
                 {.name = "lib", .version = "2.0"},
                 {.name = "tool", .version = "1.0"},
                 {.name = "late", .version = "1.0", .needs = {"lib>=2"}},
             }) {
            arguments.push_back(m_house.make_wheel(distribution));
        }
        m_house.must("mirror", std::move(arguments));
    }

    Fetched lock(std::vector<std::string> arguments) {
        return lock_from({m_master->url()}, std::move(arguments));
    }

    Fetched lock_from(const std::vector<std::string>& mirrors, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "lock");
        arguments.insert(arguments.end(), m_python.begin(), m_python.end());
        return m_house.fetch(mirrors, std::move(arguments));
    }

    static std::size_t count_of(const std::string& what, const std::string& text) {
        std::size_t count = 0;
        for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
            ++count;
        }
        return count;
    }

    const std::vector<std::string> m_python{
        "--python", "3.11", "--platform", "manylinux_2_28_x86_64"};
};

TEST_F(Lock, SaysEverythingAndTheSameEachTime) {
    const Fetched written = lock({"app"});
    ASSERT_EQ(written.outcome.exit_code, 0) << written.outcome.errors;
    const std::string text = read_text(m_house / "pylock.toml");
    EXPECT_THAT(
        text,
        AllOf(
            HasSubstr("lock-version = '1.0'"),
            HasSubstr("requires-python = '>=3.11'"),
            HasSubstr("sys_platform == \"linux\""),
            HasSubstr("upload-time = 20"),
            HasSubstr("index = '" + m_master->url() + "simple/'")
        )
    );
    for (const char* name : {"app-2.0", "lib-1.0", "tool-1.0"}) {
        const auto wheel = std::string(name) + "-py3-none-any.whl";
        const auto content = read_text(m_house / "files" / wheel);
        EXPECT_THAT(text, HasSubstr("sha256 = '" + sha256_hex(content) + "'"));
        EXPECT_THAT(text, HasSubstr("size = " + std::to_string(content.size())));
        EXPECT_THAT(text, HasSubstr(package_path(content, wheel).substr(1)));
    }
    const Fetched again = lock({"app", "-o", "-"});
    EXPECT_EQ(again.outcome.output, text) << "nothing else stands on standard output";
    EXPECT_EQ(lock({"app", "-o", "pylock.two.toml"}).outcome.exit_code, 0);
    EXPECT_EQ(read_text(m_house / "pylock.two.toml"), text);
}

TEST_F(Lock, GivesTheSameFilesWhereverItIsRead) {
    ASSERT_EQ(lock({"app"}).outcome.exit_code, 0);
    auto arguments = m_python;
    arguments.insert(arguments.begin(), {"--verify", "-r", "pylock.toml"});
    const Fetched got = m_house.fetch({m_master->url()}, arguments);
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_EQ(got.files.size(), 3U);
    EXPECT_EQ(got.files.count("lib-1.0-py3-none-any.whl"), 1U);
    const Fetched bare = m_house.fetch({m_master->url()}, {"-r", "pylock.toml"});
    EXPECT_EQ(bare.files, got.files) << "a lock needs no markers looked at";
    const Fetched older =
        m_house.fetch({m_master->url()}, {"-r", "pylock.toml", "--python", "3.9"});
    EXPECT_EQ(older.outcome.exit_code, 2) << older.outcome.errors;
    m_house.must(
        "verify", {"lock", "pylock.toml", "--mirrors", "mirrors1", "--trust", "trust.json"}
    );
}

TEST_F(Lock, IsForNoOlderPythonThanTheOneItWasMadeFor) {
    const Fetched written = m_house.fetch(
        {m_master->url()},
        {"lock", "app", "--python", "3.11.4", "--platform", "manylinux_2_28_x86_64"}
    );
    ASSERT_EQ(written.outcome.exit_code, 0) << written.outcome.errors;
    EXPECT_THAT(read_text(m_house / "pylock.toml"), HasSubstr("requires-python = '>=3.11.4'"));
}

TEST_F(Lock, WarnsOnceOfWhatThePagesLack) {
    LyingMirror forgetful(m_master->url(), Greeting::tls, m_house.server_identity());
    forgetful.hide(Target::path("/serverkey.crl"));
    const Fetched told = lock_from({forgetful.url()}, {"app"});
    EXPECT_EQ(told.outcome.exit_code, 0) << told.outcome.errors;
    EXPECT_EQ(count_of("[revocation-missing]", told.outcome.errors), 1U) << told.outcome.errors;
    const Fetched json = lock_from({forgetful.url()}, {"app", "--json"});
    EXPECT_THAT(json.outcome.output, HasSubstr("\"verification\": \"standard\""));
    EXPECT_EQ(count_of("\"revocation-missing\"", json.outcome.output), 1U) << json.outcome.output;
}

TEST_F(Lock, SaysOnceThatALiarIsNotAskedAnyMore) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.flip_byte(Target::path("/simple/app/"));
    const Fetched got = lock_from({liar.url(), m_master->url()}, {"app", "--jobs", "1"});
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_EQ(count_of("[mirror-distrusted]", got.outcome.errors), 1U) << got.outcome.errors;
}

TEST_F(Lock, IsNotWrittenWhereNothingFits) {
    const Fetched conflict = lock({"app", "late"});
    EXPECT_EQ(conflict.outcome.exit_code, 3);
    EXPECT_THAT(conflict.outcome.errors, HasSubstr("late 1.0 needs lib>=2"));
    EXPECT_EQ(lock({"app", "-o", "other.toml"}).outcome.exit_code, 2);
    EXPECT_EQ(lock({}).outcome.exit_code, 2);
    EXPECT_FALSE(std::filesystem::exists(m_house / "pylock.toml"));
    EXPECT_FALSE(std::filesystem::exists(m_house / "other.toml"));
}

}  // namespace
}  // namespace heliograph::test_support
