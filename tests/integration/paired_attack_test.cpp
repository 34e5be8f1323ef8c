// SPDX-License-Identifier: Apache-2.0
// Threats T1 to T10, alone and in pairs, by the mirror that is asked first, with one honest mirror
// left: the user gets the right file, the liar is named, and whoever gave false evidence is banned
// with its proof.
#include <pki/base/json.hpp>
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

/// Whether the attack is a lie, which is banned, or only a failure.
enum class Weight { lie, failure };

struct Attack {
    std::string threat;
    Weight weight;
    std::function<void(LyingMirror&)> begin;
};

class PairedAttack : public AdversaryTest {
  protected:
    std::vector<Attack> attacks() const {
        const Target page = Target::path("/simple/sample/");
        const Target file = Target::path(m_file);
        const Target signature = Target::below("/serversig/");
        return {
            {"T1 one bit of the file", Weight::lie, [=](auto& liar) { liar.flip_byte(file); }},
            {"T1 another file",
             Weight::lie,
             [=, other = m_other](auto& liar) { liar.say(file, ok(other + other)); }},
            {"T2 another hash on the page",
             Weight::lie,
             [=, from = sha256_hex(m_wheel), to = sha256_hex(m_other)](auto& liar) {
                 liar.edit(page, from, to);
             }},
            {"T3 page and signature of another project",
             Weight::lie,
             [=](auto& liar) {
                 liar.swap(page, "/simple/other/");
                 liar.swap(Target::path("/serversig/sample.json"), "/serversig/other.json");
             }},
            {"T6 signature of another state",
             Weight::lie,
             [=](auto& liar) {
                 liar.swap(Target::path("/serversig/sample.json"), "/serversig/other.json");
             }},
            {"T7 signature without end",
             Weight::lie,
             [=](auto& liar) { liar.misbehave(signature, Misbehaviour::endless); }},
            {"T9 the file breaks off",
             Weight::failure,
             [=](auto& liar) { liar.misbehave(file, Misbehaviour::close, 100); }},
            {"T9 errors",
             Weight::failure,
             [](auto& liar) { liar.say(Target::any(), status(503)); }},
            {"T10 no such project", Weight::failure, [=](auto& liar) { liar.hide(page); }},
            {"T10 no such file", Weight::failure, [=](auto& liar) { liar.hide(file); }},
        };
    }

    /// What the last client knows of that mirror.
    std::string standing_of(const std::string& url) {
        std::ofstream(m_house / "known", std::ios::trunc) << url << '\n';
        const auto shown = m_house.must("fetch", {"mirrors", "--json", "--mirrors", "known"});
        const auto document = parse_json(shown.output, JsonLimits{});
        if (!document) {
            return shown.output;
        }
        const auto* mirrors = document->array_member("mirrors").value();
        const auto standing = mirrors->at(0).text_member("standing").value_or("");
        if (standing != "banned") {
            return standing;
        }
        const auto proof =
            mirrors->at(0).find("ban")->text_member("evidence").value_or("no evidence");
        EXPECT_THAT(read_text(proof), HasSubstr(url));
        return standing;
    }

    void expect_saved(LyingMirror& liar, const std::vector<const Attack*>& together) {
        std::string name;
        bool all_lie = true;
        for (const Attack* attack : together) {
            name += attack->threat + "; ";
            all_lie = all_lie && attack->weight == Weight::lie;
            attack->begin(liar);
        }
        SCOPED_TRACE(name);
        const Fetched saved = m_house.fetch({liar.url(), m_master->url()}, {"--verify", "sample"});
        EXPECT_EQ(saved.outcome.exit_code, 0) << saved.outcome.errors;
        EXPECT_EQ(saved.files, (std::map<std::string, std::string>{{m_name, m_wheel}}));
        EXPECT_THAT(saved.outcome.errors, HasSubstr(liar.url()));
        if (all_lie) {
            EXPECT_EQ(standing_of(liar.url()), "banned") << saved.outcome.errors;
        }
        liar.repent();
    }
};

TEST_F(PairedAttack, OfTheMirrorAskedFirstCostsNothingButThatMirror) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    const auto all = attacks();
    for (const Attack& one : all) {
        expect_saved(liar, {&one});
    }
}

class PairedAttackOf : public PairedAttack, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(PairedAttackOf, TwoKindsAtOnceCostsNothingButThatMirror) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    const auto all = attacks();
    const std::size_t first = GetParam();
    ASSERT_LT(first, all.size());
    for (std::size_t second = first + 1; second < all.size(); ++second) {
        expect_saved(liar, {&all[first], &all[second]});
    }
}

INSTANTIATE_TEST_SUITE_P(Each, PairedAttackOf, ::testing::Range(std::size_t{0}, std::size_t{9}));

/// T4 with each of the others: a mirror that shows last month's state and lies about it too.
TEST_F(PairedAttack, OnAnOldStateTooCostsNothingButThatMirror) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.remember();
    EXPECT_EQ(m_house.fetch({liar.url()}, {"--verify", "sample"}).outcome.exit_code, 0);
    liar.replay();
    const auto newer = m_house.make_wheel({.name = "sample", .version = "1.1"});
    m_house.must("mirror", {"add", "--dir", "master", newer});
    const std::map<std::string, std::string> right{{newer.filename(), read_text(newer)}};
    EXPECT_EQ(m_house.fetch_again({m_master->url()}, {"--verify", "sample"}).files, right);
    for (const Attack& attack : attacks()) {
        SCOPED_TRACE(attack.threat);
        liar.repent();
        liar.replay();
        attack.begin(liar);
        const Fetched saved =
            m_house.fetch_again({liar.url(), m_master->url()}, {"--verify", "sample"});
        EXPECT_EQ(saved.outcome.exit_code, 0) << saved.outcome.errors;
        EXPECT_EQ(saved.files, right);
        // The ban of one round must not spare the liar the next.
        m_house.run("fetch", {"mirrors", "--lift", liar.url()});
    }
}

}  // namespace
}  // namespace heliograph::test_support
