// SPDX-License-Identifier: Apache-2.0
// Threat T13 against the real fetch: a true page behind a false certificate.
#include <tests/integration/adversary.hpp>
#include <tests/support/test_authority.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

class WrongServer : public AdversaryTest {
  protected:
    /// The liar tells the truth; who it is does not fit.
    void expect_refuted_identity(const std::string& name, const TlsIdentity& identity) {
        const LyingMirror stranger(m_master->url(), Greeting::tls, identity);
        expect_refuted_server(stranger.url(), {name, {}, "", 5});
    }
};

TEST_F(WrongServer, OfAForeignAuthorityIsRefused) {
    const TestAuthority stranger;
    expect_refuted_identity("foreign authority", stranger.issue());
    expect_refuted_identity("self-signed", TestAuthority::self_signed());
}

TEST_F(WrongServer, OfAnotherNameOrPurposeIsRefused) {
    m_house.must(
        "pki", {"issue", "server", "elsewhere.localhost", "--ip", "127.0.0.9", "--dir", "pki"}
    );
    expect_refuted_identity("another name", m_house.issued("elsewhere.localhost"));
    m_house.must("pki", {"issue", "client", "laptop", "--dir", "pki"});
    expect_refuted_identity("a client", m_house.issued("laptop"));
    expect_refuted_identity("the page signer", m_house.issued("page-signer"));
}

}  // namespace
}  // namespace heliograph::test_support
