// SPDX-License-Identifier: Apache-2.0
// What `fetch` remembers of mirrors between runs: a liar is banned with its proof, shown by `fetch
// mirrors`, and asked again once its ban is lifted; a broken download goes on elsewhere.
#include <pki/base/json.hpp>
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Selection : public AdversaryTest {
  protected:
    Fetched fetch_file(const std::string& requirements, std::vector<std::string> more = {}) {
        std::ofstream(m_house / "requirements.txt", std::ios::trunc) << requirements;
        more.insert(more.begin(), {"--verify", "-r", "requirements.txt"});
        return m_house.fetch({m_master->url()}, std::move(more));
    }
};

TEST_F(Selection, OfAFileOfRequirementsTakesTheFilesWithItsHashes) {
    const Fetched got = fetch_file(
        "sample==1.0 \\\n  --hash=sha256:" + sha256_hex(m_wheel) +
        "\nother==1.0 --hash=sha256:" + sha256_hex(m_other) + "\n"
    );
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_EQ(got.files.size(), 2U);
    const Fetched wrong = fetch_file("sample==1.0 --hash=sha256:" + sha256_hex(m_other) + "\n");
    EXPECT_EQ(wrong.outcome.exit_code, 1) << wrong.outcome.errors;
    EXPECT_THAT(wrong.files, IsEmpty());
    EXPECT_EQ(fetch_file("--index-url https://x.example/\nsample\n").outcome.exit_code, 2);
}

TEST_F(Selection, AsksTheInterpreterWhatMarkersAndWheelsMean) {
    const std::string requirements =
        "sample ; python_version >= '3'\nother ; python_version < '3'\n";
    const Fetched got = fetch_file(requirements, {"--python", "python3"});
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_EQ(got.files, (std::map<std::string, std::string>{{m_name, m_wheel}}));
    EXPECT_EQ(fetch_file(requirements).outcome.exit_code, 2) << "for whom?";
    EXPECT_EQ(fetch_file(requirements, {"--python", "/bin/false"}).outcome.exit_code, 2);
    EXPECT_EQ(fetch_file("sample\n", {"--platform", "win_amd64"}).outcome.exit_code, 2);
    EXPECT_EQ(
        fetch_file("sample\n", {"--python", "3.11", "--no-binary", ":all:"}).outcome.exit_code, 3
    );
}

class Failover : public AdversaryTest {
  protected:
    /// The same client's `fetch mirrors --json` about these.
    JsonValue known(const std::vector<std::string>& mirrors) {
        {
            std::ofstream list(m_house / "known");
            for (const auto& mirror : mirrors) {
                list << mirror << '\n';
            }
        }
        const auto shown = m_house.must("fetch", {"mirrors", "--json", "--mirrors", "known"});
        const auto document = parse_json(shown.output, JsonLimits{});
        EXPECT_TRUE(document.has_value()) << shown.output;
        return document ? *document : JsonValue();
    }

    static const JsonValue* of(const JsonValue& document, const std::string& url) {
        for (const auto& mirror : **document.array_member("mirrors")) {
            if (mirror.text_member("url").value_or("") == url) {
                return &mirror;
            }
        }
        return nullptr;
    }
};

TEST_F(Failover, BansALiarKeepsTheProofAndAsksItAgainOnceTheBanIsLifted) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.flip_byte(Target::path(m_file));
    const std::vector<std::string> mirrors{liar.url(), m_master->url()};
    const std::map<std::string, std::string> right{{m_name, m_wheel}};

    EXPECT_EQ(m_house.fetch(mirrors, {"--verify", "sample"}).files, right);
    const auto after = known(mirrors);
    const JsonValue* entry = of(after, liar.url());
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->text_member("standing").value(), "banned");
    ASSERT_NE(entry->find("ban"), nullptr);
    EXPECT_EQ(entry->find("ban")->text_member("finding").value(), "file-hash-mismatch");
    const auto proof = read_text(entry->find("ban")->text_member("evidence").value());
    EXPECT_THAT(proof, HasSubstr("heliograph-evidence-1"));
    EXPECT_THAT(proof, HasSubstr(liar.url()));
    EXPECT_THAT(proof, HasSubstr(sha256_hex(m_wheel)));
    EXPECT_EQ(of(after, m_master->url())->text_member("standing").value(), "usable");

    const auto asked = liar.server().requests().size();
    EXPECT_EQ(m_house.fetch_again(mirrors, {"--verify", "sample"}).files, right);
    EXPECT_EQ(liar.server().requests().size(), asked) << "a banned mirror is not asked";

    const Fetched alone = m_house.fetch_again({liar.url()}, {"--verify", "sample"});
    EXPECT_EQ(alone.outcome.exit_code, 1);
    EXPECT_THAT(alone.outcome.errors, HasSubstr("fetch mirrors --lift " + liar.url()));

    liar.repent();
    m_house.must("fetch", {"mirrors", "--lift", liar.url()});
    EXPECT_EQ(m_house.fetch_again({liar.url()}, {"--verify", "sample"}).files, right);
    EXPECT_EQ(m_house.run("fetch", {"mirrors", "--lift", liar.url()}).exit_code, 3);
}

TEST_F(Failover, GoesOnElsewhereWhereADownloadBrokeOff) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.misbehave(Target::path(m_file), Misbehaviour::close, 100);
    LyingMirror second(m_master->url(), Greeting::tls, m_house.server_identity());
    const Fetched fetched = m_house.fetch({liar.url(), second.url()}, {"--verify", "sample"});
    EXPECT_EQ(fetched.files, (std::map<std::string, std::string>{{m_name, m_wheel}}));
    const auto requests = second.server().requests();
    ASSERT_FALSE(requests.empty());
    EXPECT_EQ(requests.back().header("Range"), "bytes=100-");
}

TEST_F(Failover, IsNotStoppedByADamagedRecordOfMirrors) {
    const Fetched first = m_house.fetch({m_master->url()}, {"--verify", "sample"});
    EXPECT_EQ(first.outcome.exit_code, 0) << first.outcome.errors;
    bool damaged = false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(m_house.folder())) {
        if (entry.path().filename() == "mirrors.db") {
            std::ofstream(entry.path(), std::ios::trunc) << std::string(5000, 'x');
            damaged = true;
        }
    }
    EXPECT_TRUE(damaged);
    const Fetched again = m_house.fetch_again({m_master->url()}, {"--verify", "sample"});
    EXPECT_EQ(again.outcome.exit_code, 0) << again.outcome.errors;
    EXPECT_THAT(again.outcome.errors, HasSubstr("mirrors.db"));
}

TEST_F(Failover, NeedsNoProjectToShowMirrorsAndTakesNone) {
    const Outcome outcome = m_house.run("fetch", {"mirrors", "sample"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr("mirrors>=0"));
}

}  // namespace
}  // namespace heliograph::test_support
