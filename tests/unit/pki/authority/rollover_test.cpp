// SPDX-License-Identifier: Apache-2.0
// What the start and the end of a rollover do to an authority.
#include <pki/authority/ledger.hpp>
#include <pki/authority/ledger_schema.hpp>
#include <pki/base/database/database.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {
namespace {

class AuthorityRollover : public AuthorityFixture {
  protected:
    static Credential load(const fs::path& place) {
        return sure(Credential::load_bundle(place / "bundle.pem"));
    }
    std::vector<Certificate> roots() const { return certificates("root.crt"); }
    std::vector<Certificate> certificates(const std::string& file) const {
        const Bytes text = sure(read_file(folder() / file, 1U << 20U));
        return sure(Certificate::parse_pem_list(text_of(text), 8));
    }
    ChainReport judge(const Credential& served, const std::vector<Certificate>& trusted) const {
        return sure(check_chain(
            {.leaf = served.leaf,
             .intermediates = served.intermediates,
             .roots = trusted,
             .revocation_lists = lists(),
             .purpose = ChainPurpose::server,
             .at = m_clock.now()}
        ));
    }
    bool has_key(const std::string& name) const { return fs::exists(folder() / "private" / name); }
};

TEST_F(AuthorityRollover, OfTheRootIsFollowedByEveryClient) {
    Authority authority = create();
    const auto old_roots = roots();
    const auto old_server = load(sure(authority.issue(server("old"))).folder);
    const auto started = sure(authority.start_rollover({RolloverTarget::root}));
    EXPECT_EQ(started.phase, RolloverPhase::overlap);
    EXPECT_EQ(started.new_name, "heliograph Root 2");
    ASSERT_EQ(started.remaining.size(), 1U);
    EXPECT_EQ(started.remaining[0].name, "old");
    ASSERT_EQ(roots().size(), 2U);
    EXPECT_EQ(roots()[0], authority.root());
    EXPECT_EQ(roots()[1], old_roots[0]);
    EXPECT_EQ(lists().size(), 4U);
    EXPECT_EQ(sure(authority.list_state()), ListState::fresh);

    const auto new_server = load(sure(authority.issue(server("new"))).folder);
    EXPECT_EQ(new_server.intermediates.size(), 2U);
    const std::vector<Certificate> new_roots{authority.root()};
    EXPECT_TRUE(judge(old_server, old_roots).accepted()) << judge(old_server, old_roots).summary();
    EXPECT_TRUE(judge(new_server, old_roots).accepted()) << judge(new_server, old_roots).summary();
    EXPECT_TRUE(judge(old_server, roots()).accepted());
    EXPECT_TRUE(judge(new_server, roots()).accepted());
    EXPECT_TRUE(judge(new_server, new_roots).accepted());

    ASSERT_TRUE(succeeded(authority.renew({.name = "old"})));
    const RolloverFinish finish{.target = RolloverTarget::root, .clients = ClientsHaveNewRoot::yes};
    const auto finished = sure(authority.finish_rollover(finish));
    EXPECT_EQ(finished.phase, RolloverPhase::finished);
    EXPECT_EQ(roots(), new_roots);
    EXPECT_EQ(lists().size(), 4U) << "the last ones of the old stay";
    const std::vector<Certificate> both{authority.root(), old_roots[0]};
    EXPECT_TRUE(judge(old_server, both).has(ChainDefectCode::revoked))
        << judge(old_server, both).summary();
    EXPECT_FALSE(judge(old_server, both).has(ChainDefectCode::revocation_unknown));
    m_clock.advance(days(40));
    ASSERT_TRUE(succeeded(authority.publish_revocation_lists()));
    EXPECT_TRUE(judge(old_server, both).has(ChainDefectCode::revoked)) << "to the end";
    EXPECT_FALSE(judge(old_server, both).has(ChainDefectCode::revocation_list_expired));
    EXPECT_EQ(certificates("intermediate.crt").size(), 1U);
    EXPECT_TRUE(judge(new_server, new_roots).accepted());
    EXPECT_FALSE(judge(new_server, old_roots).accepted());
    EXPECT_FALSE(judge(old_server, roots()).accepted());
    EXPECT_EQ(load(sure(authority.issue(server("later"))).folder).intermediates.size(), 1U);
    EXPECT_FALSE(has_key("root.key"));
    EXPECT_TRUE(fs::exists(folder() / "retired/root.key"));
    EXPECT_TRUE(has_key("root-2.key"));
}

TEST_F(AuthorityRollover, ARenewalIsRefusedThatWouldCutOffAClient) {
    auto authority = std::make_unique<Authority>(create());
    sure(authority->issue(server("old")));
    sure(authority->start_rollover({RolloverTarget::root}));
    for (const LedgerEntry& entry : sure(authority->list())) {
        if (entry.kind == "cross") {
            sure(authority->revoke({.name_or_serial = entry.serial_hex}));
        }
    }
    authority.reset();
    authority = std::make_unique<Authority>(reopened());
    const auto before = sure(authority->list()).size();
    expect_error(authority->renew({.name = "old"}), ErrorCode::refused, "the old root only");
    EXPECT_EQ(sure(authority->list()).size(), before);
    EXPECT_FALSE(fs::exists(folder() / "issued/.old.renewed.tmp"));
    // Whoever refuses the old one already is not cut off by the new one.
    m_clock.advance(days(91));
    EXPECT_TRUE(succeeded(authority->renew({.name = "old"})));
}

TEST_F(AuthorityRollover, OfTheIntermediateKeepsListsAndAnswersOfBoth) {
    Authority authority = create();
    const auto old_server = sure(authority.issue(server("old")));
    const auto old_intermediate = authority.intermediate();
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    EXPECT_FALSE(authority.intermediate() == old_intermediate);
    EXPECT_EQ(roots().size(), 1U);
    ASSERT_EQ(lists().size(), 3U);
    ASSERT_TRUE(succeeded(authority.issue(server("new"))));
    EXPECT_EQ(sure(authority.refresh_ocsp(days(7))), 2U);
    const auto response = folder() / "ocsp" / (old_server.certificate.serial_hex() + ".der");
    const Bytes good = sure(read_file(response, 1U << 16U));
    ASSERT_TRUE(succeeded(authority.revoke({"old"})));
    EXPECT_NE(sure(read_file(response, 1U << 16U)), good) << "signed anew by the old one";
    EXPECT_FALSE(judge(load(old_server.folder), roots()).accepted());
    EXPECT_TRUE(judge(load(folder() / "issued/new"), roots()).accepted());
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::intermediate})));
    EXPECT_EQ(lists().size(), 3U);
    EXPECT_TRUE(judge(load(folder() / "issued/new"), roots()).accepted());
    EXPECT_EQ(
        sure(authority.find(old_intermediate.serial_hex())).at(0).reason,
        RevocationReason::superseded
    );
}

TEST_F(AuthorityRollover, ASecondStartChangesNothing) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::root})));
    const auto rows = sure(authority.list()).size();
    const auto before = roots();
    Authority again = [&] {
        { const Authority gone = std::move(authority); }
        return reopened();
    }();
    const auto report = sure(again.start_rollover({RolloverTarget::root}));
    EXPECT_EQ(report.phase, RolloverPhase::overlap);
    EXPECT_EQ(sure(again.list()).size(), rows);
    EXPECT_EQ(roots(), before);
    const RolloverFinish finish{.target = RolloverTarget::root, .clients = ClientsHaveNewRoot::yes};
    ASSERT_TRUE(succeeded(again.finish_rollover(finish)));
    ASSERT_TRUE(succeeded(again.finish_rollover(finish)));
    EXPECT_EQ(roots().size(), 1U);
}

TEST_F(AuthorityRollover, FinishWaitsForRenewalsUnlessTheyAreRevoked) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server("one"))));
    ASSERT_TRUE(succeeded(authority.issue(server("two"))));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    ASSERT_TRUE(succeeded(authority.renew({.name = "one"})));
    const auto status = sure(authority.rollover_status(RolloverTarget::intermediate));
    ASSERT_EQ(status.remaining.size(), 1U);
    EXPECT_EQ(status.remaining[0].name, "two");
    ASSERT_EQ(status.renewed.size(), 1U);
    EXPECT_EQ(status.renewed[0].name, "one");
    expect_error(
        authority.finish_rollover({RolloverTarget::intermediate}), ErrorCode::refused, "server two"
    );
    EXPECT_EQ(lists().size(), 3U);
    ASSERT_TRUE(
        succeeded(authority.finish_rollover({RolloverTarget::intermediate, LeftOver::revoked}))
    );
    EXPECT_TRUE(sure(authority.find("two")).at(0).revoked_at.has_value());
    const auto one = sure(authority.find("one"));
    EXPECT_TRUE(one.at(0).revoked_at.has_value()) << "it went with its issuer";
    EXPECT_FALSE(one.at(1).revoked_at.has_value());
}

TEST_F(AuthorityRollover, FinishOfTheRootAsksWhetherClientsAreReady) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::root})));
    expect_error(
        authority.finish_rollover({RolloverTarget::root}), ErrorCode::refused, "--clients-ready"
    );
    EXPECT_EQ(roots().size(), 2U);
}

TEST_F(AuthorityRollover, OfASignerMakesOneWithANewKeyAndRevokesTheOld) {
    Authority authority = create();
    const auto old = sure(authority.issue({.kind = LeafKind::signer, .name = "page-signer"}));
    const auto plan = sure(authority.plan_rollover({RolloverTarget::signer}));
    EXPECT_EQ(plan.phase, RolloverPhase::planned);
    EXPECT_EQ(plan.new_name, "page-signer-2");
    EXPECT_EQ(sure(authority.list()).size(), 3U) << "a plan enters nothing";
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::signer})));
    const Credential made = load(folder() / "issued/page-signer-2");
    EXPECT_FALSE(made.leaf.public_key() == old.certificate.public_key());
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::signer})));
    EXPECT_EQ(sure(authority.list()).size(), 4U);
    expect_error(
        authority.start_rollover({RolloverTarget::signer, "other"}), ErrorCode::conflict, "finish"
    );
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::signer})));
    EXPECT_TRUE(lists()[1].lists(old.certificate.serial_hex()));
    EXPECT_FALSE(lists()[1].lists(made.leaf.serial_hex()));
}

TEST_F(AuthorityRollover, ASignerWhoseFilesWereLostIsMadeAgain) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = "page-signer"})));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::signer})));
    fs::remove_all(folder() / "issued/page-signer-2");
    const auto report = sure(authority.start_rollover({RolloverTarget::signer}));
    const Credential made = load(folder() / "issued" / report.new_name);
    EXPECT_EQ(made.leaf.serial_hex(), report.new_serial);
}

TEST_F(AuthorityRollover, OfASignerRefusesANameThatWouldGrowTooLong) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = std::string(63, 's')}))
    );
    expect_error(
        authority.start_rollover({RolloverTarget::signer}), ErrorCode::invalid_argument, "64"
    );
}

TEST_F(AuthorityRollover, OfASignerRevokesItsEarlierCertificatesToo) {
    Authority authority = create();
    const auto first = sure(authority.issue({.kind = LeafKind::signer, .name = "page-signer"}));
    const auto second = sure(authority.renew({.name = "page-signer"}));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::signer})));
    const auto third = sure(authority.renew({.name = "page-signer"}));
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::signer})));
    for (const auto* one : {&first, &second, &third}) {
        EXPECT_TRUE(lists()[1].lists(one->certificate.serial_hex())) << "they have one key";
    }
}

TEST_F(AuthorityRollover, OfASignerEndsThoughItsIntermediateWentMeanwhile) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = "page-signer"})));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::signer})));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    ASSERT_TRUE(succeeded(authority.renew({.name = "page-signer-2"})));
    ASSERT_TRUE(
        succeeded(authority.finish_rollover({RolloverTarget::intermediate, LeftOver::revoked}))
    );
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::signer})));
    EXPECT_FALSE(lists()[1].lists(load(folder() / "issued/page-signer-2").leaf.serial_hex()));
}

TEST_F(AuthorityRollover, ASuccessorThatIsRevokedIsFollowedByAnother) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = "page-signer"})));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::signer})));
    ASSERT_TRUE(succeeded(authority.revoke({"page-signer-2"})));
    expect_error(
        authority.finish_rollover({RolloverTarget::signer}), ErrorCode::refused, "the new signer"
    );
    EXPECT_EQ(sure(authority.start_rollover({RolloverTarget::signer})).new_name, "page-signer-3");
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::signer})));
    EXPECT_EQ(sure(authority.find("page-signer-3")).at(0).revoked_at, std::nullopt);
}

TEST_F(AuthorityRollover, TheOldIntermediateAnswersToTheEndOfItsCertificates) {
    Authority authority = create();
    const auto old_server = sure(authority.issue(server("old")));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    ASSERT_TRUE(succeeded(authority.renew({.name = "old"})));
    const auto file = folder() / "ocsp" / (old_server.certificate.serial_hex() + ".der");
    const Bytes good = sure(read_file(file, 1U << 16U));
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::intermediate})));
    EXPECT_NE(sure(read_file(file, 1U << 16U)), good);

    // What a kill behind the ledger leaves.
    ASSERT_TRUE(succeeded(write_file_atomically(file, good)));
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::intermediate})));
    const Bytes last = sure(read_file(file, 1U << 16U));
    EXPECT_NE(last, good);
    m_clock.advance(days(20));
    EXPECT_EQ(sure(authority.refresh_ocsp(days(7))), 1U) << "of the new one";
    EXPECT_EQ(sure(read_file(file, 1U << 16U)), last) << "no other is needed";
}

TEST_F(AuthorityRollover, FinishAsksForTheOldKeyBeforeItIsTooLate) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    const auto key = folder() / "private/intermediate.key";
    fs::copy_file(key, m_temp / "kept.key");
    fs::copy_file(folder() / "private/root.key", key, fs::copy_options::overwrite_existing);
    expect_error(
        authority.finish_rollover({RolloverTarget::intermediate}), ErrorCode::conflict, "backup"
    );
    EXPECT_EQ(
        sure(authority.rollover_status(RolloverTarget::intermediate)).phase, RolloverPhase::overlap
    );
    fs::copy_file(m_temp / "kept.key", key, fs::copy_options::overwrite_existing);
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::intermediate})));
}

TEST_F(AuthorityRollover, FinishSaysWhichKeyToBringAndChangesNothing) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    hide("root.key");
    expect_error(
        authority.finish_rollover({RolloverTarget::intermediate}),
        ErrorCode::io,
        "expected the key of 'CN=heliograph Root,O=heliograph' in"
    );
    bring_back("root.key");
    ASSERT_TRUE(succeeded(authority.finish_rollover({RolloverTarget::intermediate})));
}

TEST_F(AuthorityRollover, ANewIntermediateThatIsRevokedIsFollowedByAnother) {
    for (const auto target : {RolloverTarget::root, RolloverTarget::intermediate}) {
        Authority authority = create();
        const auto old_roots = roots();
        const auto old_server = load(sure(authority.issue(server("old"))).folder);
        const auto begun = sure(authority.start_rollover({target}));
        ASSERT_TRUE(succeeded(authority.issue(server("new"))));
        const Certificate stolen = authority.intermediate();
        ASSERT_TRUE(succeeded(authority.revoke({stolen.serial_hex()})));
        const RolloverFinish finish{.target = target, .clients = ClientsHaveNewRoot::yes};
        EXPECT_FALSE(authority.finish_rollover(finish));

        const auto again = sure(authority.start_rollover({target}));
        EXPECT_EQ(again.phase, RolloverPhase::overlap);
        EXPECT_EQ(again.old_serial, begun.old_serial);
        EXPECT_EQ(again.new_serial == begun.new_serial, target == RolloverTarget::root);
        EXPECT_FALSE(authority.intermediate() == stolen);
        EXPECT_EQ(again.remaining.size(), 2U);
        EXPECT_FALSE(again.steps.front().simulation.has_gap())
            << again.steps.front().simulation.gaps();
        EXPECT_TRUE(judge(old_server, old_roots).accepted());
        const auto renewed = load(sure(authority.renew({.name = "new"})).folder);
        EXPECT_TRUE(judge(renewed, old_roots).accepted()) << judge(renewed, old_roots).summary();
        ASSERT_TRUE(succeeded(authority.renew({.name = "old"})));
        ASSERT_TRUE(succeeded(authority.finish_rollover(finish)));
        EXPECT_EQ(lists().size(), target == RolloverTarget::root ? 5U : 4U);
        EXPECT_TRUE(judge(renewed, roots()).accepted());
        { const Authority gone = std::move(authority); }
        fs::remove_all(folder());
    }
}

TEST_F(AuthorityRollover, ListsFollowAFinishThatWasKilledBehindTheLedger) {
    {
        Authority authority = create();
        ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::root})));
    }
    {
        Ledger ledger = sure(Ledger::open(folder() / "ledger.db", OpenMode::existing));
        ASSERT_TRUE(succeeded(ledger.finish_rollover({RolloverTarget::root, m_clock.now(), {}})));
    }
    Authority authority = reopened();
    EXPECT_EQ(roots().size(), 1U);
    EXPECT_FALSE(has_key("root.key"));
    const auto number = lists()[0].number_hex();
    EXPECT_EQ(sure(authority.list_state()), ListState::behind);
    ASSERT_TRUE(succeeded(authority.issue(server())));
    EXPECT_NE(lists()[0].number_hex(), number);
    EXPECT_EQ(sure(authority.list_state()), ListState::fresh);
    const auto retired = lists().back().number_hex();
    const RolloverFinish finish{.target = RolloverTarget::root, .clients = ClientsHaveNewRoot::yes};
    ASSERT_TRUE(succeeded(authority.finish_rollover(finish)));
    EXPECT_NE(lists().back().number_hex(), retired) << "its last one";
    EXPECT_EQ(lists().size(), 4U);
}

TEST_F(AuthorityRollover, KeysThatWereNeverEnteredGoWithTheNextOpening) {
    { const Authority made = create(); }
    for (const char* name : {".root-2.key.tmp", "..root-2.key.tmp.7.0.tmp"}) {
        ASSERT_TRUE(succeeded(write_file_atomically(folder() / "private" / name, bytes_of("x"))));
    }
    const Authority authority = reopened();
    EXPECT_FALSE(has_key(".root-2.key.tmp"));
    EXPECT_FALSE(has_key("..root-2.key.tmp.7.0.tmp"));
    EXPECT_TRUE(has_key("root.key"));
}

TEST_F(AuthorityRollover, RefusesWhatItCannotMean) {
    Authority authority = create();
    expect_error(
        authority.rollover_status(RolloverTarget::root), ErrorCode::not_found, "rollover plan root"
    );
    expect_error(authority.finish_rollover({RolloverTarget::root}), ErrorCode::not_found);
    expect_error(authority.start_rollover({RolloverTarget::signer}), ErrorCode::not_found);
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = "one"})));
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = "two"})));
    expect_error(
        authority.start_rollover({RolloverTarget::signer}), ErrorCode::invalid_argument, "one, two"
    );
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    expect_error(
        authority.start_rollover({RolloverTarget::root}), ErrorCode::conflict, "intermediate"
    );
    fs::rename(folder() / "private/root.key", m_temp / "root.key");
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})))
        << "nothing is left to do";
}

TEST_F(AuthorityRollover, IsRefusedWhenTheOldRootCanVouchForNobody) {
    Authority authority = create({.root_days = days(30), .intermediate_days = days(30)});
    m_clock.advance(days(31));
    expect_error(
        authority.start_rollover({RolloverTarget::root}), ErrorCode::invalid_argument, "pki init"
    );
    EXPECT_FALSE(has_key("root-2.key"));
    EXPECT_EQ(sure(authority.list()).size(), 2U);
}

TEST_F(AuthorityRollover, FollowsARevokedIntermediate) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server())));
    ASSERT_TRUE(succeeded(authority.revoke({authority.intermediate().serial_hex()})));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    const auto renewed = sure(authority.renew({.name = "localhost"}));
    EXPECT_TRUE(judge(load(renewed.folder), roots()).accepted());
}

// What people wrote, but for blanks and quotes, which the steps leave otherwise.
std::vector<std::string> tables_in(Database& database) {
    auto query = sure(database.prepare(
        "SELECT coalesce(sql, name) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    ));
    std::vector<std::string> tables;
    while (sure(query.step()) == Step::row) {
        std::string text = query.text(0);
        std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '"'; });
        tables.push_back(text);
    }
    std::sort(tables.begin(), tables.end());
    return tables;
}

TEST_F(AuthorityRollover, ANewLedgerHasTheTablesOfOneThatGrew) {
    auto grown = sure(Database::open(m_temp / "grown.db", OpenMode::create, ledger_migrations()));
    auto fresh = sure(
        Database::open(m_temp / "fresh.db", OpenMode::create, ledger_migrations(), ledger_tables())
    );
    EXPECT_EQ(tables_in(grown), tables_in(fresh));
    EXPECT_GT(tables_in(fresh).size(), 10U);
}

TEST_F(AuthorityRollover, ARenewalNeedsNoListsThatLieThere) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server())));
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::intermediate})));
    const std::string damaged = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    ASSERT_TRUE(succeeded(write_file_atomically(folder() / "crl.pem", bytes_of(damaged))));
    EXPECT_FALSE(sure(authority.renew({.name = "localhost"})).unfinished);
}

TEST_F(AuthorityRollover, ALedgerOfAnEarlierReleaseCanBeRolledOver) {
    {
        Authority made = create();
        ASSERT_TRUE(succeeded(made.issue(server())));
        ASSERT_TRUE(succeeded(made.revoke({"localhost"})));
    }
    {
        const std::array<Migration, 8> as_it_is{};  // Of today's version: nothing is migrated.
        auto database = sure(Database::open(folder() / "ledger.db", OpenMode::existing, as_it_is));
        ASSERT_TRUE(succeeded(
            database.execute("DROP TABLE follow_up; DROP TABLE delivery; ALTER TABLE certificate "
                             "DROP COLUMN archive; "
                             "ALTER TABLE certificate DROP COLUMN key_form; DROP TABLE staging; "
                             "DROP TABLE untold; DROP TABLE rollover; DROP TABLE issuer; DROP "
                             "INDEX certificate_cross; "
                             "ALTER TABLE authority DROP COLUMN ocsp_url; PRAGMA user_version = 2")
        ));
    }
    Authority authority = reopened();
    ASSERT_TRUE(succeeded(authority.start_rollover({RolloverTarget::root})));
    EXPECT_EQ(roots().size(), 2U);
    // Kinds that the earlier release did not know have a place, and what it knew is all there.
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::recipient, .name = "alice"})));
    const auto rows = sure(authority.find("localhost"));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_TRUE(rows.front().revoked_at.has_value());
}

}  // namespace
}  // namespace heliograph::pki
