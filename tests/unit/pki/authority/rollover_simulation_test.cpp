// SPDX-License-Identifier: Apache-2.0
// The simulation of a rollover as a pure function: who is refused by whom at each moment.
#include <pki/authority/rollover_world.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using std::chrono::days;
using test::sample_now;
using test::SampleChain;
using test::sure;
using testing::AllOf;
using testing::HasSubstr;

// Two authorities and the bridges between their roots.
class RolloverWorld : public testing::Test {
  protected:
    static RevocationList list_of(const Certificate& issuer, const PrivateKey& key) {
        return sure(
            make_revocation_list({{}, 1, validity_from(sample_now, days(30))}, {issuer, key})
        );
    }
    static Certificate cross(const Certificate& subject, const IssuerView& issuer) {
        return sure(make_cross_certificate(
            subject, issuer, {sample_now - issuance_backdate, issuer.certificate.not_after()}
        ));
    }
    static SampleChain named(const std::string& name) {
        SampleChain chain;
        chain.root = sure(make_root(
            {name + " Root", name, loopback_constraints(), validity_from(sample_now, days(3652))},
            chain.root_key
        ));
        chain.intermediate = sure(make_intermediate(
            {name + " Intermediate",
             name,
             loopback_constraints(),
             validity_from(sample_now, days(1826)),
             chain.intermediate_key.public_key()},
            {chain.root, chain.root_key}
        ));
        return chain;
    }

    RolloverWorld() {
        parts.new_by_old = {cross(m_new.root, {m_old.root, m_old.root_key})};
        parts.old_by_new = {cross(m_old.root, {m_new.root, m_new.root_key})};
        for (SampleChain* chain : {&m_old, &m_new}) {
            parts.lists.push_back(list_of(chain->root, chain->root_key));
            parts.lists.push_back(list_of(chain->intermediate, chain->intermediate_key));
        }
    }

    std::map<std::pair<std::string, std::string>, SimulatedPair> simulate(
        RolloverMoment moment, ClientsHaveNewRoot clients = ClientsHaveNewRoot::yes
    ) {
        std::map<std::pair<std::string, std::string>, SimulatedPair> pairs;
        for (auto& pair : sure(simulate_moment(parts, moment, clients, sample_now)).pairs) {
            pairs.insert({{pair.client, pair.chain}, pair});
        }
        return pairs;
    }

    SampleChain m_old = named("Old");
    SampleChain m_new = named("New");
    RolloverParts parts{
        .target = RolloverTarget::root,
        .old_roots = {m_old.root},
        .new_roots = {m_new.root},
        .old_sent = {m_old.intermediate},
        .new_sent = {m_new.intermediate},
        .old_leaves =
            {{m_old.leaf(LeafKind::server), ChainPurpose::server},
             {m_old.leaf(LeafKind::signer), ChainPurpose::signer}},
        .new_leaves =
            {{m_new.leaf(LeafKind::server), ChainPurpose::server},
             {m_new.leaf(LeafKind::signer), ChainPurpose::signer}},
        .lists = {}};
};

TEST_F(RolloverWorld, ClientsOfEitherRootFollowTheChainsOfTheOverlap) {
    const auto pairs = simulate(RolloverMoment::overlap);
    EXPECT_EQ(pairs.size(), 15U);
    const auto expect = [&pairs](const char* client, const char* chain, bool works) {
        const auto found = pairs.find({client, chain});
        ASSERT_NE(found, pairs.end()) << client << " | " << chain;
        EXPECT_EQ(found->second.works(), works)
            << client << " | " << chain << ": " << found->second.defect;
    };
    const char* const plain = "the new chain";
    const char* const crossed = "the new chain with the new root by the old one";
    const char* const both = "the new chain with both cross-certificates";
    const char* const old_crossed = "the old chain with the old root by the new one";
    expect("the old root only", "the old chain", true);
    expect("the old root only", plain, false);
    expect("the old root only", crossed, true);
    expect("the old root only", both, true);
    expect("both roots", "the old chain", true);
    expect("both roots", plain, true);
    expect("both roots", crossed, true);
    expect("the new root only", "the old chain", false);
    expect("the new root only", old_crossed, true);
    expect("the new root only", plain, true);
    expect("the new root only", crossed, true);
    for (const auto& [key, pair] : pairs) {
        EXPECT_FALSE(pair.is_gap()) << pair.client << " | " << pair.chain << ": " << pair.defect;
    }
}

TEST_F(RolloverWorld, EndsForClientsThatHaveOnlyTheOldRoot) {
    const auto ready = simulate(RolloverMoment::end);
    for (const auto& [key, pair] : ready) {
        EXPECT_FALSE(pair.is_gap()) << pair.client << " | " << pair.chain << ": " << pair.defect;
        EXPECT_TRUE(key.first != "the old root only" || !pair.works()) << pair.chain;
    }
    const auto unknown =
        sure(simulate_moment(parts, RolloverMoment::end, ClientsHaveNewRoot::unknown, sample_now));
    EXPECT_TRUE(unknown.has_gap());
    EXPECT_THAT(
        unknown.gaps(), HasSubstr("clients with the old root only would refuse the new chain")
    );
}

TEST_F(RolloverWorld, NamesClientAndChainOfAGap) {
    parts.new_by_old.clear();
    const auto simulation =
        sure(simulate_moment(parts, RolloverMoment::overlap, ClientsHaveNewRoot::yes, sample_now));
    EXPECT_TRUE(simulation.has_gap());
    EXPECT_THAT(
        simulation.gaps(),
        AllOf(
            HasSubstr("clients with the old root only would refuse the new chain with the new root "
                      "by the old one"),
            HasSubstr("trusted roots"),
            Not(HasSubstr("both roots"))
        )
    );
}

TEST_F(RolloverWorld, MissesTheListOfANewIssuer) {
    parts.lists.pop_back();
    const auto simulation =
        sure(simulate_moment(parts, RolloverMoment::overlap, ClientsHaveNewRoot::yes, sample_now));
    EXPECT_THAT(simulation.gaps(), AllOf(HasSubstr("revocation list"), HasSubstr("the new chain")));
}

TEST_F(RolloverWorld, AsksNothingOfAChainThatWorksForNobodyToday) {
    parts.lists.erase(parts.lists.begin() + 1);  // Of the old intermediate.
    EXPECT_TRUE(simulate(RolloverMoment::overlap).at({"both roots", "the old chain"}).is_gap());
    parts.old_chain = Presence::not_in_use;
    const auto pairs = simulate(RolloverMoment::overlap);
    EXPECT_FALSE(pairs.at({"both roots", "the old chain"}).is_gap());
    EXPECT_FALSE(pairs.at({"both roots", "the old chain"}).works());
}

TEST_F(RolloverWorld, OfASignerKeepsPagesOfBothGood) {
    parts.target = RolloverTarget::signer;
    parts.new_roots = parts.old_roots;
    parts.new_sent = parts.old_sent;
    parts.new_leaves = {{m_old.leaf(LeafKind::signer), ChainPurpose::signer}};
    parts.old_leaves = {{m_old.leaf(LeafKind::signer), ChainPurpose::signer}};
    const auto pairs = simulate(RolloverMoment::overlap);
    ASSERT_EQ(pairs.size(), 2U);
    EXPECT_TRUE(pairs.at({"the root", "pages of the old signer"}).works());
    EXPECT_TRUE(pairs.at({"the root", "pages of the new signer"}).works());
    const auto end = simulate(RolloverMoment::end);
    EXPECT_EQ(end.at({"the root", "pages of the old signer"}).presence, Presence::not_in_use);
}

TEST(RolloverSimulation, RefusesWhatItCannotJudge) {
    SampleChain chain;
    const ServedChain empty{.name = "nothing", .leaves = {}, .sent = {}};
    expect_error(
        simulate_rollover({{{"one", {chain.root}}}, {empty}, {}, sample_now}),
        ErrorCode::invalid_argument,
        "nothing"
    );
    const ServedChain whole{
        .name = "whole", .leaves = {{chain.intermediate, ChainPurpose::any}}, .sent = {}};
    expect_error(
        simulate_rollover({{{"nobody", {}}}, {whole}, {}, sample_now}), ErrorCode::invalid_argument
    );
    const auto judged = sure(simulate_rollover({{{"one", {chain.root}}}, {whole}, {}, sample_now}));
    EXPECT_TRUE(judged.pairs.at(0).works()) << judged.pairs.at(0).defect;
}

}  // namespace
}  // namespace heliograph::pki
