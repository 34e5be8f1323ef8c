// SPDX-License-Identifier: Apache-2.0
// `fetch --deps` from a real master: what is needed comes along, in versions that fit.
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Dependencies : public AdversaryTest {
  protected:
    void publish(const std::vector<Distribution>& distributions) {
        std::vector<std::string> arguments{"add", "--dir", "master"};
        for (const auto& distribution : distributions) {
            arguments.push_back(m_house.make_wheel(distribution));
        }
        m_house.must("mirror", std::move(arguments));
    }

    Fetched fetch(std::vector<std::string> names) {
        return fetch_from({m_master->url()}, std::move(names));
    }

    Fetched fetch_from(const std::vector<std::string>& mirrors, std::vector<std::string> names) {
        names.insert(
            names.begin(),
            {"--verify", "--deps", "--python", "3.11", "--platform", "manylinux_2_28_x86_64"}
        );
        return m_house.fetch(mirrors, std::move(names));
    }

    static std::vector<std::string> files_of(const Fetched& fetched) {
        std::vector<std::string> names;
        for (const auto& [name, content] : fetched.files) {
            names.push_back(name.substr(0, name.find("-py3-")));
        }
        return names;
    }
};

TEST_F(Dependencies, ComeAlongInVersionsThatFit) {
    publish({
        {.name = "app", .version = "2.0", .needs = {"lib>=1", "tool"}},
        {.name = "lib", .version = "1.0"},
        {.name = "lib", .version = "2.0"},
        {.name = "tool", .version = "1.0", .needs = {"lib<2", "app"}},
    });
    const Fetched got = fetch({"app"});
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_THAT(files_of(got), ElementsAre("app-2.0", "lib-1.0", "tool-1.0"));
    EXPECT_THAT(got.outcome.output, HasSubstr("resolved 3 packages"));
}

TEST_F(Dependencies, FollowMarkersAndExtrasOfTheTarget) {
    publish({
        {.name = "app",
         .version = "1.0",
         .needs =
             {"old; python_version < '3.8'",
              "windows; sys_platform == 'win32'",
              "linux; sys_platform == 'linux'",
              "fast; extra == 'speed'",
              "app[speed]; extra == 'all'",
              "far @ https://x.example/far.whl ; extra == 'far'"},
         .extras = {"speed", "all", "far"}},
        {.name = "linux", .version = "1.0"},
        {.name = "fast", .version = "1.0"},
    });
    EXPECT_THAT(files_of(fetch({"app"})), ElementsAre("app-1.0", "linux-1.0"));
    EXPECT_THAT(files_of(fetch({"app[all]"})), ElementsAre("app-1.0", "fast-1.0", "linux-1.0"));
    const Fetched unknown = fetch({"app[nonsense]"});
    EXPECT_EQ(unknown.outcome.exit_code, 0);
    EXPECT_THAT(unknown.outcome.errors, HasSubstr("app 1.0 has no extra 'nonsense'"));
    const Fetched far = fetch({"app[far]"});
    EXPECT_EQ(far.outcome.exit_code, 3);
    EXPECT_THAT(far.outcome.errors, HasSubstr("files come from the signed index alone"));
    EXPECT_THAT(far.files, IsEmpty());
}

TEST_F(Dependencies, ThatExcludeEachOtherAreExplainedInWords) {
    publish({
        {.name = "app", .version = "1.0", .needs = {"lib>=2"}},
        {.name = "tool", .version = "1.0", .needs = {"lib<2"}},
        {.name = "lib", .version = "1.0"},
        {.name = "lib", .version = "2.0"},
        {.name = "lost", .version = "1.0", .needs = {"nowhere"}},
        {.name = "high", .version = "1.0", .needs = {"lib>=3"}},
        {.name = "torn",
         .version = "1.0",
         .needs = {"lib<2; extra == 'old'", "lib>=2; extra == 'new'"},
         .extras = {"old", "new"}},
    });
    const Fetched conflict = fetch({"app", "tool"});
    EXPECT_EQ(conflict.outcome.exit_code, 3);
    EXPECT_THAT(conflict.outcome.errors, HasSubstr("app 1.0 needs lib>=2"));
    EXPECT_THAT(conflict.outcome.errors, HasSubstr("tool 1.0 needs lib<2"));
    EXPECT_THAT(conflict.files, IsEmpty());
    EXPECT_EQ(fetch({"torn[new]"}).outcome.exit_code, 0);
    EXPECT_THAT(conflict.outcome.errors, Not(HasSubstr("\\x0a"))) << "a line for each reason";
    EXPECT_THAT(fetch({"torn[old,new]"}).outcome.errors, HasSubstr("torn[old] 1.0 needs lib<2"));
    EXPECT_THAT(
        fetch({"lost"}).outcome.errors,
        HasSubstr("lost 1.0 needs nowhere, but the index has no such project")
    );
    EXPECT_THAT(
        fetch({"high"}).outcome.errors,
        HasSubstr("high 1.0 needs lib>=3, but the index has 1.0, 2.0")
    );
}

TEST_F(Dependencies, TakePreReleasesAndYankedVersionsThatAreAskedFor) {
    publish({
        {.name = "app", .version = "1.0", .needs = {"lib"}},
        {.name = "lib", .version = "1.0"},
        {.name = "lib", .version = "1.1"},
        {.name = "lib", .version = "2.0rc1"},
        {.name = "pins", .version = "1.0", .needs = {"lib==1.1"}},
        {.name = "only", .version = "1.0b1"},
        {.name = "snake", .version = "1.0", .requires_python = ">=3.8"},
        {.name = "snake", .version = "2.0", .requires_python = ">=3.99"},
    });
    m_house.must("mirror", {"yank", "--dir", "master", "lib", "1.1"});
    EXPECT_THAT(files_of(fetch({"app"})), ElementsAre("app-1.0", "lib-1.0"));
    EXPECT_THAT(files_of(fetch({"app", "lib>=2.0rc1"})), ElementsAre("app-1.0", "lib-2.0rc1"));
    EXPECT_THAT(files_of(fetch({"app", "lib==1.1"})), ElementsAre("app-1.0", "lib-1.1"));
    EXPECT_THAT(files_of(fetch({"only", "snake"})), ElementsAre("only-1.0b1", "snake-1.0"));
    EXPECT_THAT(
        fetch({"lib>=1.1,<2"}).outcome.errors,
        HasSubstr("of what the index has, 1.1 is yanked and taken only when you pin it yourself")
    );
    EXPECT_THAT(
        fetch({"pins"}).outcome.errors,
        HasSubstr("pins 1.0 needs lib==1.1, but of what the index has, 1.1 is yanked and taken "
                  "only when you pin it yourself")
    );
    EXPECT_THAT(files_of(fetch({"pins", "lib==1.1"})), ElementsAre("lib-1.1", "pins-1.0"));
    EXPECT_THAT(
        fetch({"snake>=2"}).outcome.errors,
        HasSubstr("of what the index has, 2.0 is for another Python, platform or format")
    );
}

TEST_F(Dependencies, TakeNoPreReleaseBecauseNothingElseFits) {
    publish({
        {.name = "app", .version = "1.0", .needs = {"lib>=2"}},
        {.name = "app", .version = "2.0a1"},
        {.name = "lib", .version = "1.0"},
    });
    const Fetched unnamed = fetch({"app"});
    EXPECT_EQ(unnamed.outcome.exit_code, 3);
    EXPECT_THAT(unnamed.outcome.errors, HasSubstr("app 1.0 needs lib>=2"));
    EXPECT_THAT(unnamed.files, IsEmpty());
    EXPECT_THAT(files_of(fetch({"app>=2.0a1"})), ElementsAre("app-2.0a1"));
}

TEST_F(Dependencies, TellOfNewerVersionsThatCannotBeTaken) {
    publish({
        {.name = "app", .version = "1.0", .needs = {"tool"}},
        {.name = "app", .version = "2.0", .needs = {"far @ https://x.example/far.whl"}},
        {.name = "app", .version = "3.0", .needs = {"no requirement at all"}},
        {.name = "tool", .version = "1.0", .extras = {"fast"}},
        {.name = "tool", .version = "2.0", .needs = {"app>=9"}},
    });
    const Fetched got = fetch({"app", "tool[fast]"});
    EXPECT_THAT(files_of(got), ElementsAre("app-1.0", "tool-1.0"));
    EXPECT_THAT(
        got.outcome.errors,
        HasSubstr("app 1.0 is taken, since 3.0 (and 1 more) cannot be: it has a dependency")
    );
    EXPECT_THAT(got.outcome.errors, Not(HasSubstr("has no extra")))
        << "of a version that was not taken";
    const Fetched told = fetch({"app<3", "--json"});
    EXPECT_THAT(told.outcome.output, HasSubstr("\"newest\": \"2.0\""));
    EXPECT_THAT(told.outcome.output, HasSubstr("and files come from the signed index alone"));
}

TEST_F(Dependencies, BlameNoVersionThatIsExcludedAllTheSame) {
    // The newest lib is tried, since nothing excludes it yet, and cannot be taken.
    publish({
        {.name = "app", .version = "1.0", .needs = {"lib", "old"}},
        {.name = "lib", .version = "1.0"},
        {.name = "lib", .version = "2.0", .needs = {"no requirement at all"}},
        {.name = "old", .version = "1.0", .needs = {"lib<2"}},
        {.name = "old", .version = "1.1", .needs = {"lib<2"}},
        {.name = "old", .version = "1.2", .needs = {"lib<2"}},
    });
    const Fetched got = fetch({"app"});
    EXPECT_THAT(files_of(got), ElementsAre("app-1.0", "lib-1.0", "old-1.2"));
    EXPECT_THAT(got.outcome.errors, Not(HasSubstr("is taken, since")));
}

TEST_F(Dependencies, LeadToNoOlderVersionBecauseAPageIsHidden) {
    publish({
        {.name = "app", .version = "1.0"},
        {.name = "app", .version = "2.0", .needs = {"lib"}},
        {.name = "lib", .version = "1.0"},
    });
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.hide(Target::path("/simple/lib/"));
    const Fetched alone = fetch_from({liar.url()}, {"app"});
    EXPECT_EQ(alone.outcome.exit_code, 4) << alone.outcome.errors;
    EXPECT_THAT(alone.outcome.errors, HasSubstr("no mirror gives the page of project lib"));
    EXPECT_THAT(alone.files, IsEmpty());
    EXPECT_THAT(
        files_of(fetch_from({liar.url(), m_master->url()}, {"app"})),
        ElementsAre("app-2.0", "lib-1.0")
    );
}

TEST_F(Dependencies, AreNotBelievedOfASignerThatTheRunLearnsIsRevoked) {
    publish({
        {.name = "app", .version = "1.0", .needs = {"lib"}},
        {.name = "lib", .version = "1.0"},
    });
    LyingMirror stale(m_master->url(), Greeting::tls, m_house.server_identity());
    stale.remember();
    ASSERT_EQ(fetch_from({stale.url()}, {"app"}).outcome.exit_code, 0);
    stale.replay();
    stale.hide(Target::path("/simple/lib/"));
    m_house.must("pki", {"issue", "signer", "next", "--dir", "pki"});
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", "pki/issued/next/bundle.pem"});
    m_house.must("pki", {"revoke", "page-signer", "--dir", "pki"});
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    publish({{.name = "app", .version = "2.0", .needs = {"lib"}}});
    // The page of app comes from the one who hides the revocation, that of lib from the other.
    const Fetched got = fetch_from({stale.url(), m_master->url()}, {"app"});
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_THAT(files_of(got), ElementsAre("app-2.0", "lib-1.0"));
    EXPECT_THAT(got.outcome.errors, HasSubstr("signer-revoked"));
    EXPECT_THAT(got.outcome.errors, HasSubstr("all are asked for anew"));
}

TEST_F(Dependencies, OfAQuestionThatIsTooLargeAreNoFalseEvidence) {
    constexpr int lines = 10'001;
    {
        std::ofstream list(m_house / "many.txt");
        for (int i = 0; i < lines; ++i) {
            list << "sample!=9." << i << "\n";
        }
    }
    const Fetched got = fetch({"-r", "many.txt"});
    EXPECT_EQ(got.outcome.exit_code, 3) << got.outcome.errors;
    EXPECT_THAT(got.outcome.errors, HasSubstr("within the limits of a search"));
    EXPECT_THAT(got.files, IsEmpty());
}

TEST_F(Dependencies, AreBelievedOnlyWhenTheirMetadataIsWhatThePageSays) {
    publish({
        {.name = "app", .version = "1.0"},
        {.name = "app", .version = "2.0", .needs = {"lib"}},
        {.name = "lib", .version = "1.0"},
    });
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.flip_byte(Target::ending(".metadata"));
    const Fetched alone = fetch_from({liar.url()}, {"app"});
    EXPECT_EQ(alone.outcome.exit_code, 1) << alone.outcome.errors;
    EXPECT_THAT(alone.files, IsEmpty()) << "a lie must not lead to an older version either";
    const Fetched saved = fetch_from({liar.url(), m_master->url()}, {"app"});
    EXPECT_EQ(saved.outcome.exit_code, 0) << saved.outcome.errors;
    EXPECT_THAT(files_of(saved), ElementsAre("app-2.0", "lib-1.0"));
    EXPECT_THAT(saved.outcome.errors, HasSubstr(liar.url()));
    liar.repent();
    liar.hide(Target::ending(".metadata"));
    EXPECT_EQ(fetch_from({liar.url()}, {"app"}).outcome.exit_code, 3);
}

TEST_F(Dependencies, AreForSomebodyAndVerified) {
    EXPECT_EQ(fetch({"sample", "--no-verify"}).outcome.exit_code, 2);
    EXPECT_EQ(m_house.fetch({m_master->url()}, {"--deps"}).outcome.exit_code, 2);
    const Fetched asked = m_house.fetch({m_master->url()}, {"--deps", "sample"});
    EXPECT_EQ(asked.outcome.exit_code, 0) << asked.outcome.errors;
    EXPECT_THAT(asked.outcome.errors, Not(HasSubstr("error")));
    EXPECT_THAT(files_of(asked), ElementsAre("sample-1.0"));
}

}  // namespace
}  // namespace heliograph::test_support
