// SPDX-License-Identifier: Apache-2.0
// A revocation reaches crl.pem and the OCSP files, also when a key is elsewhere or a kill came in
// between.
#include <pki/authority/authority.hpp>
#include <pki/authority/ledger.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

namespace fs = std::filesystem;
using heliograph::test::expect_error;
using heliograph::test::FakeClock;
using heliograph::test::succeeded;
using heliograph::test::TempFolder;
using std::chrono::days;
using test::sure;

class AuthorityRevocation : public testing::Test {
  protected:
    fs::path folder() const { return m_temp / "pki"; }
    Authority opened() { return sure(Authority::open(folder(), m_clock)); }
    std::string issue(const std::string& name) {
        const IssueRequest request{.kind = LeafKind::client, .name = name};
        return sure(opened().issue(request)).certificate.serial_hex();
    }
    RevocationList list_of(const Certificate& issuer) const {
        const Bytes text = sure(read_file(folder() / "crl.pem", revocation_list_limit_bytes));
        const auto lists = sure(RevocationList::parse_pem_list(text_of(text), 2));
        return lists[lists[0].issuer() == issuer.subject() ? 0 : 1];
    }
    RevocationList roots_list() { return list_of(opened().root()); }
    RevocationList intermediates_list() { return list_of(opened().intermediate()); }
    Bytes response(const std::string& serial) const {
        return sure(read_file(folder() / "ocsp" / (serial + ".der"), 1U << 16U));
    }
    /// What `pki revoke` has done when it is killed behind its transaction.
    void enter_revocation(const std::string& serial) {
        Ledger ledger = ledger_here();
        const auto row = sure(ledger.find_serial(serial));
        ASSERT_TRUE(row.has_value());
        ASSERT_TRUE(
            succeeded(ledger.revoke({*row}, {m_clock.now(), RevocationReason::key_compromise}))
        );
    }
    Ledger ledger_here() const {
        return sure(Ledger::open(folder() / "ledger.db", OpenMode::existing));
    }
    void hide(const std::string& key) { fs::rename(folder() / "private" / key, m_temp / key); }
    void bring_back(const std::string& key) {
        fs::rename(m_temp / key, folder() / "private" / key);
    }
    void SetUp() override { ASSERT_TRUE(succeeded(Authority::create(folder(), {}, m_clock))); }

    TempFolder m_temp;
    FakeClock m_clock;
};

TEST_F(AuthorityRevocation, IsPublishedWhileTheRootKeyIsElsewhere) {
    const std::string serial = issue("laptop");
    const Bytes good = response(serial);
    const auto of_root = roots_list();
    const auto of_intermediate = intermediates_list();
    hide("root.key");
    m_clock.advance(days(5));
    ASSERT_TRUE(succeeded(opened().revoke({"laptop"})));
    EXPECT_TRUE(intermediates_list().lists(serial));
    EXPECT_GT(intermediates_list().number_hex(), of_intermediate.number_hex());
    EXPECT_EQ(roots_list().to_der(), of_root.to_der()) << "nobody here could sign another";
    EXPECT_NE(response(serial), good);
    EXPECT_EQ(sure(opened().list_state()), ListState::fresh);
    m_clock.advance(days(6));
    EXPECT_EQ(sure(opened().list_state()), ListState::due) << "the list of the root ends as it did";
}

TEST_F(AuthorityRevocation, ThatWasKilledBehindTheLedgerIsPublishedByTheNextIssue) {
    for (const bool numbered : {false, true}) {
        const std::string name = numbered ? "tablet" : "laptop";
        const std::string serial = issue(name);
        const Bytes good = response(serial);
        enter_revocation(serial);
        if (numbered) {
            const auto last = sure(ledger_here().last_published());
            ASSERT_TRUE(last.has_value());
            ASSERT_TRUE(succeeded(ledger_here().take_list_number(*last)));
        }
        EXPECT_EQ(sure(opened().list_state()), ListState::behind);
        EXPECT_FALSE(intermediates_list().lists(serial));
        static_cast<void>(issue("after-" + name));
        EXPECT_TRUE(intermediates_list().lists(serial));
        EXPECT_NE(response(serial), good);
        EXPECT_EQ(sure(opened().list_state()), ListState::fresh);
    }
}

TEST_F(AuthorityRevocation, ThatWasKilledIsPublishedByAnIssueWithoutTheRootKeyToo) {
    const std::string serial = issue("laptop");
    enter_revocation(serial);
    hide("root.key");
    static_cast<void>(issue("after"));
    EXPECT_TRUE(intermediates_list().lists(serial));
    EXPECT_EQ(sure(opened().list_state()), ListState::fresh);
}

TEST_F(AuthorityRevocation, ThatNobodyHereCanSignWaitsForTheKeyAndSaysSo) {
    const std::string serial = opened().intermediate().serial_hex();
    hide("root.key");
    expect_error(opened().revoke({serial}), ErrorCode::io, "pki crl");
    EXPECT_EQ(sure(opened().find(serial)).front().state(m_clock.now()), EntryState::revoked);
    EXPECT_EQ(sure(opened().list_state()), ListState::behind);
    bring_back("root.key");
    ASSERT_TRUE(succeeded(opened().publish_revocation_lists()));
    EXPECT_TRUE(roots_list().lists(serial));
    EXPECT_EQ(sure(opened().list_state()), ListState::fresh);
}

TEST_F(AuthorityRevocation, RepeatedSignsTheResponseAgain) {
    const std::string serial = issue("laptop");
    const Bytes good = response(serial);
    ASSERT_TRUE(succeeded(opened().revoke({"laptop"})));
    ASSERT_TRUE(succeeded(write_file_atomically(folder() / "ocsp" / (serial + ".der"), good)));
    ASSERT_TRUE(succeeded(opened().revoke({serial})));
    EXPECT_NE(response(serial), good);
}

}  // namespace
}  // namespace heliograph::pki
