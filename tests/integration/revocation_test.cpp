// SPDX-License-Identifier: Apache-2.0
// A signer is taken back: from then on nobody accepts its pages, wherever they come from (T11).
#include <tests/integration/household.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int done = 0;
constexpr int evidence_false = 1;

class Revocation : public ::testing::Test {
  protected:
    Revocation() {
        m_house.make_master({m_house.make_wheel()});
        m_master.emplace(m_house.serve("master"));
        m_house.make_mirror("mirror1", m_master->url());
        m_house.must("mirror", {"sync", "--dir", "mirror1"});
        m_mirror.emplace(m_house.serve("mirror1"));
    }

    void revoke_signer() {
        m_house.must("pki", {"revoke", "page-signer", "--dir", "pki"});
        m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    }

    Household m_house;
    std::optional<Serving> m_master;
    std::optional<Serving> m_mirror;
};

TEST_F(Revocation, OfTheSignerReachesClientsThroughAMirrorThatTakesNothingElse) {
    EXPECT_EQ(m_house.fetch({m_mirror->url()}, {"--verify", "sample"}).outcome.exit_code, done);
    revoke_signer();
    const auto sync = m_house.run("mirror", {"sync", "--dir", "mirror1"});
    EXPECT_EQ(sync.exit_code, evidence_false);
    EXPECT_THAT(sync.errors, HasSubstr("signer-revoked"));
    for (const auto& url : {m_master->url(), m_mirror->url()}) {
        const auto fetched = m_house.fetch({url}, {"--verify", "sample"});
        EXPECT_EQ(fetched.outcome.exit_code, evidence_false);
        EXPECT_THAT(fetched.outcome.errors, HasSubstr("signer-revoked"));
        EXPECT_THAT(fetched.files, IsEmpty());
    }
}

TEST_F(Revocation, IsBelievedWithoutBeingDemanded) {
    revoke_signer();
    const auto fetched = m_house.fetch({m_master->url()}, {"sample"});
    EXPECT_EQ(fetched.outcome.exit_code, evidence_false);
    EXPECT_THAT(fetched.outcome.errors, HasSubstr("signer-revoked"));
}

}  // namespace
}  // namespace heliograph::test_support
