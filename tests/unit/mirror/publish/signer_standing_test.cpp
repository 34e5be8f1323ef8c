// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/master_setup.hpp>
#include <mirror/publish/signer_standing.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using ::testing::HasSubstr;
using ::testing::Not;

class SignerStanding : public ::testing::Test {
  protected:
    [[nodiscard]] verify::Verdict judge(const pki::Credential& signer) const {
        const auto trust = m_master.trust();
        return judge_evidence({signer.chain_pem(), ""}, trust, m_master.clock.now())
            .value()
            .verdict();
    }

    TestMaster m_master;
};

TEST_F(SignerStanding, IsGoodForASignerOfToday) {
    const auto documents = published_evidence(m_master.catalog).value();
    EXPECT_EQ(documents.signer_chain_pem, m_master.signer().chain_pem());
    EXPECT_TRUE(judge(m_master.signer()).accepted());
}

TEST_F(SignerStanding, TellsTheOperatorWhatTheOperatorCanDo) {
    const auto verdict = for_operator(judge(m_master.issue_signer(test_support::Lifetime::over)));
    EXPECT_FALSE(verdict.accepted());
    ASSERT_NE(verdict.find("signer-expired"), nullptr);
    EXPECT_THAT(verdict.find("signer-expired")->advice, HasSubstr("mirror resign --signer"));
    const TestMaster stranger;
    EXPECT_THAT(
        for_operator(judge(stranger.signer())).describe(), Not(HasSubstr("use another mirror"))
    );
}

TEST_F(SignerStanding, OfAnEndedSignerKeepsNoListsBack) {
    EXPECT_TRUE(lists_do(judge(m_master.issue_signer(test_support::Lifetime::over))));
    EXPECT_TRUE(lists_do(judge(m_master.signer())));
    verify::Verdict stale;
    stale.add({.id = "revocation-stale", .cause = verify::Cause::stale_evidence});
    EXPECT_FALSE(lists_do(stale));
}

TEST_F(SignerStanding, IsToBeRenewedAThirdOfItsLifeBeforeItsEnd) {
    const auto& leaf = m_master.signer().leaf;  // Of ten days.
    EXPECT_EQ(renewal_due(leaf), leaf.not_after() - std::chrono::hours(80));
}

class MasterSetup : public SignerStanding {
  protected:
    [[nodiscard]] MasterRequest request(verify::TrustBundle trust) const {
        auto signer =
            pki::Credential::parse_bundle(m_master.signer().to_bundle_pem().expose()).value();
        return {m_folder / "master", std::move(signer), std::move(trust), ""};
    }

    test::TempFolder m_folder;
    SilentSink m_events;
};

TEST_F(MasterSetup, TakesNoRootThatClientsRefuse) {
    auto leaf_as_root = m_master.trust();
    leaf_as_root.roots = {m_master.signer().leaf};
    expect_error(
        init_master(request(leaf_as_root), m_master.clock, m_events),
        ErrorCode::malformed,
        "CA certificates"
    );
    EXPECT_FALSE(std::filesystem::exists(m_folder / "master"));
    EXPECT_TRUE(init_master(request(m_master.trust()), m_master.clock, m_events)->accepted());
}

TEST_F(MasterSetup, TakesNoSignerOfAnotherRoot) {
    const TestMaster stranger;
    const auto verdict = init_master(request(stranger.trust()), m_master.clock, m_events).value();
    EXPECT_NE(verdict.find("signer-chain-untrusted"), nullptr);
    EXPECT_FALSE(std::filesystem::exists(m_folder / "master"));
}

}  // namespace
}  // namespace heliograph::mirror
