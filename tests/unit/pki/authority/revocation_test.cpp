// SPDX-License-Identifier: Apache-2.0
// A revocation reaches crl.pem and the OCSP files, also when a key is elsewhere or a kill came in
// between.
#include <pki/authority/authority_reader.hpp>
#include <pki/authority/ledger.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <functional>

namespace heliograph::pki {
namespace {

class AuthorityRevocation : public AuthorityFixture {
  protected:
    std::string issue(const std::string& name) {
        const IssueRequest request{.kind = LeafKind::client, .name = name};
        return sure(reopened().issue(request)).certificate.serial_hex();
    }
    RevocationList list_of(const Certificate& issuer) const {
        const auto both = lists();
        return both[both[0].issuer() == issuer.subject() ? 0 : 1];
    }
    RevocationList roots_list() { return list_of(reopened().root()); }
    RevocationList intermediates_list() { return list_of(reopened().intermediate()); }
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
    /// The key is in a device that is not attached; the file of it stays outside.
    void move_into_device(const std::string& key) {
        hide(key);
        const std::string words = R"({"kind": "heliograph-device-key-1", )"
                                  R"("module": "/nowhere/module.so", "uri": "pkcs11:object=key"})";
        ASSERT_TRUE(succeeded(write_file_atomically(
            folder() / "private" / key, bytes_of(words), FileAccess::owner_only
        )));
    }
    void SetUp() override { const Authority made = create(); }
};

TEST_F(AuthorityRevocation, AloneTellsWhichKeysOthersHave) {
    const auto key_of = [&](const std::string& name) {
        issue(name);
        const auto row = sure(reopened().newest(name));
        return sure(ledger_here().certificate(row.serial_hex)).public_key().spki_der();
    };
    const Bytes stolen = key_of("stolen");
    const Bytes given_up = key_of("given-up");
    const Bytes good = key_of("good");
    ASSERT_TRUE(succeeded(reopened().renew({.name = "stolen"})));
    ASSERT_TRUE(succeeded(reopened().revoke({"given-up", RevocationReason::superseded})));
    Ledger ledger = ledger_here();
    EXPECT_TRUE(sure(ledger.with_compromised_key(stolen)).empty());
    enter_revocation(sure(ledger.with_key(stolen)).front().serial_hex);
    const auto rows = sure(ledger.with_compromised_key(stolen));
    ASSERT_EQ(rows.size(), 1U) << "its successor has the key too, and was not revoked";
    EXPECT_EQ(rows.front().name, "stolen");
    EXPECT_TRUE(sure(ledger.with_compromised_key(given_up)).empty());
    EXPECT_TRUE(sure(ledger.with_compromised_key(good)).empty());
}

TEST_F(AuthorityRevocation, IsPublishedWhileTheRootKeyIsElsewhere) {
    const std::string serial = issue("laptop");
    const Bytes good = response(serial);
    const auto of_root = roots_list();
    const auto of_intermediate = intermediates_list();
    hide("root.key");
    m_clock.advance(days(5));
    ASSERT_TRUE(succeeded(reopened().revoke({"laptop"})));
    EXPECT_TRUE(intermediates_list().lists(serial));
    EXPECT_GT(intermediates_list().number_hex(), of_intermediate.number_hex());
    EXPECT_EQ(roots_list().to_der(), of_root.to_der()) << "nobody here could sign another";
    EXPECT_NE(response(serial), good);
    EXPECT_EQ(sure(reopened().list_state()), ListState::fresh);
    m_clock.advance(days(6));
    EXPECT_EQ(sure(reopened().list_state()), ListState::due)
        << "the list of the root ends as it did";
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
        EXPECT_EQ(sure(reopened().list_state()), ListState::behind);
        EXPECT_FALSE(intermediates_list().lists(serial));
        static_cast<void>(issue("after-" + name));
        EXPECT_TRUE(intermediates_list().lists(serial));
        EXPECT_NE(response(serial), good);
        EXPECT_EQ(sure(reopened().list_state()), ListState::fresh);
    }
}

TEST_F(AuthorityRevocation, ThatWasKilledIsPublishedByAnIssueWithoutTheRootKeyToo) {
    const std::string serial = issue("laptop");
    enter_revocation(serial);
    hide("root.key");
    static_cast<void>(issue("after"));
    EXPECT_TRUE(intermediates_list().lists(serial));
    EXPECT_EQ(sure(reopened().list_state()), ListState::fresh);
}

TEST_F(AuthorityRevocation, ThatNobodyHereCanSignWaitsForTheKeyAndSaysSo) {
    const std::string serial = reopened().intermediate().serial_hex();
    hide("root.key");
    expect_error(reopened().revoke({serial}), ErrorCode::io, "pki crl");
    EXPECT_EQ(sure(reopened().find(serial)).front().state(m_clock.now()), EntryState::revoked);
    EXPECT_EQ(sure(reopened().list_state()), ListState::behind);
    bring_back("root.key");
    ASSERT_TRUE(succeeded(reopened().publish_revocation_lists()));
    EXPECT_TRUE(roots_list().lists(serial));
    EXPECT_EQ(sure(reopened().list_state()), ListState::fresh);
}

TEST_F(AuthorityRevocation, IsPublishedWhileTheDeviceOfTheRootIsAway) {
    const std::string serial = issue("laptop");
    const auto of_root = roots_list();
    move_into_device("root.key");
    ASSERT_TRUE(succeeded(reopened().revoke({"laptop"})));
    EXPECT_TRUE(intermediates_list().lists(serial));
    EXPECT_EQ(roots_list().to_der(), of_root.to_der());
    m_clock.advance(days(11));
    EXPECT_EQ(sure(reopened().list_state()), ListState::due);
    static_cast<void>(issue("tablet"));
    ASSERT_TRUE(succeeded(reopened().renew({.name = "tablet"})));
    expect_error(reopened().publish_revocation_lists(), ErrorCode::unsupported, "PIN");
    enter_revocation(issue("phone"));
    static_cast<void>(issue("after"));
    EXPECT_EQ(sure(reopened().list_state()), ListState::due) << "and not behind";
}

TEST_F(AuthorityRevocation, WaitsForTheDeviceOfItsIssuerAndSaysSo) {
    const std::string serial = issue("laptop");
    move_into_device("intermediate.key");
    expect_error(reopened().revoke({"laptop"}), ErrorCode::io, "is in the ledger");
    EXPECT_EQ(sure(reopened().list_state()), ListState::behind);
    EXPECT_FALSE(intermediates_list().lists(serial));
    bring_back("intermediate.key");
    ASSERT_TRUE(succeeded(reopened().publish_revocation_lists()));
    EXPECT_TRUE(intermediates_list().lists(serial));
}

TEST_F(AuthorityRevocation, OfTheIntermediateEndsAllIssuance) {
    static_cast<void>(issue("laptop"));
    Authority authority = reopened();
    ASSERT_TRUE(succeeded(authority.revoke({authority.intermediate().serial_hex()})));
    const auto before = sure(authority.list()).size();
    const std::vector<IssueRequest> wanted{server()};
    expect_error(authority.issue(wanted.front()), ErrorCode::refused, "rollover start");
    expect_error(authority.renew({.name = "laptop"}), ErrorCode::refused, "revoked at");
    expect_error(authority.issue_many(wanted), ErrorCode::refused);
    move_into_device("intermediate.key");
    expect_error(authority.issue(wanted.front()), ErrorCode::refused, "--intermediate-key URI");
    fs::remove(folder() / "private/intermediate.key");
    bring_back("intermediate.key");
    EXPECT_EQ(sure(authority.list()).size(), before);
    EXPECT_FALSE(fs::exists(folder() / "issued/localhost"));
    ASSERT_TRUE(succeeded(authority.publish_revocation_lists())) << "lists are still signed";
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    ASSERT_TRUE(succeeded(authority.issue(wanted.front())));
}

TEST_F(AuthorityRevocation, SaysThatItStandsWhenNoListCanBeWritten) {
    const std::string serial = issue("laptop");
    const auto fails = [&](const std::string& name) {
        fs::rename(folder() / "crl.pem", m_temp / "crl.pem");
        fs::create_directories(folder() / "crl.pem/in the way");
        const auto revoked = reopened().revoke({name});
        ASSERT_FALSE(revoked.has_value());
        EXPECT_NE(revoked.error().message().find("is in the ledger"), std::string::npos)
            << revoked.error().message();
        EXPECT_EQ(sure(reopened().find(name)).front().state(m_clock.now()), EntryState::revoked);
        EXPECT_EQ(sure(reopened().list_state()), ListState::behind);
        fs::remove_all(folder() / "crl.pem");
        fs::rename(m_temp / "crl.pem", folder() / "crl.pem");
    };
    static_cast<void>(issue("tablet"));
    fails("laptop");
    hide("root.key");
    fails("tablet");
    static_cast<void>(issue("another"));
    EXPECT_TRUE(intermediates_list().lists(serial));
    EXPECT_EQ(sure(reopened().list_state()), ListState::fresh);
}

TEST_F(AuthorityRevocation, ListsThatAreNotInTheirFileAreLostAndComeBackWithTheNextIssue) {
    const Bytes old = sure(read_file(folder() / "crl.pem", revocation_list_limit_bytes));
    const std::string serial = issue("laptop");
    ASSERT_TRUE(succeeded(reopened().revoke({"laptop"})));
    const auto put = [&](ByteSpan bytes) {
        ASSERT_TRUE(succeeded(write_file_atomically(folder() / "crl.pem", bytes)));
    };
    const std::vector<std::function<void()>> losses{
        [&] { fs::remove(folder() / "crl.pem"); },
        [&] { put({}); },
        [&] { put(bytes_of("no list")); },
        [&] { put(bytes_of(intermediates_list().to_pem())); },
        [&] { put(old); }};
    for (std::size_t i = 0; i < losses.size(); ++i) {
        losses[i]();
        EXPECT_EQ(sure(reopened().list_state()), ListState::lost) << i;
        const AuthorityReader reader = sure(AuthorityReader::open(folder(), m_clock));
        EXPECT_EQ(sure(reader.list_state()), ListState::lost) << i;
        static_cast<void>(issue("after-" + std::to_string(i)));
        EXPECT_EQ(sure(reopened().list_state()), ListState::fresh) << i;
        EXPECT_TRUE(intermediates_list().lists(serial)) << i;
        EXPECT_EQ(lists().size(), 2U) << i;
    }
}

TEST_F(AuthorityRevocation, ListsThatAreLostWithoutTheRootKeyComeBackAsFarAsTheyCan) {
    hide("root.key");
    fs::remove(folder() / "crl.pem");
    static_cast<void>(issue("laptop"));
    ASSERT_EQ(lists().size(), 1U);
    const auto number = lists().front().number_hex();
    EXPECT_EQ(sure(reopened().list_state()), ListState::lost);
    static_cast<void>(issue("tablet"));
    EXPECT_EQ(lists().front().number_hex(), number) << "nothing more can be done here";
    bring_back("root.key");
    static_cast<void>(issue("phone"));
    EXPECT_EQ(lists().size(), 2U);
    EXPECT_EQ(sure(reopened().list_state()), ListState::fresh);
}

TEST_F(AuthorityRevocation, ListsSayWhichKeyToBringAndWhere) {
    hide("root.key");
    const auto refused = reopened().publish_revocation_lists();
    expect_error(refused, ErrorCode::io, "private/root.key");
    EXPECT_NE(refused.error().message().find("CN=heliograph Root"), std::string::npos);
}

TEST_F(AuthorityRevocation, RepeatedSignsTheResponseAgain) {
    const std::string serial = issue("laptop");
    const Bytes good = response(serial);
    ASSERT_TRUE(succeeded(reopened().revoke({"laptop"})));
    ASSERT_TRUE(succeeded(write_file_atomically(folder() / "ocsp" / (serial + ".der"), good)));
    ASSERT_TRUE(succeeded(reopened().revoke({serial})));
    EXPECT_NE(response(serial), good);
}

}  // namespace
}  // namespace heliograph::pki
