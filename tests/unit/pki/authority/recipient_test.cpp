// SPDX-License-Identifier: Apache-2.0
// Certificates that files are sealed to, under intermediates of this release and of those before.
#include <pki/authority/ledger_schema.hpp>
#include <pki/base/database/database.hpp>
#include <pki/base/encoding.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/chain.hpp>
#include <tests/support/process.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

namespace heliograph::pki {
namespace {

class RecipientIssuance : public AuthorityFixture {
  protected:
    void SetUp() override { m_clock.set(SystemClock().now()); }
    static IssueRequest recipient(const std::string& name) {
        return {.kind = LeafKind::recipient, .name = name};
    }
    /// The same intermediate as releases before made it: with the purposes of servers, clients and
    /// signers alone. Certificates that it signed stay what they are.
    void limit_intermediate() {
        m_clock.advance(std::chrono::minutes(10));  // That of the tool is the true one.
        const Certificate now = reopened().intermediate();
        const auto fields = sure(read_certificate_fields(now.to_der()));
        ASSERT_TRUE(fields.subject_key_id.has_value());
        ASSERT_TRUE(succeeded(write_file_atomically(
            m_temp / "extensions",
            bytes_of(
                "basicConstraints = critical, CA:TRUE, pathlen:0\n"
                "keyUsage = critical, digitalSignature, keyCertSign, cRLSign\n"
                "extendedKeyUsage = serverAuth, clientAuth, codeSigning\n"
                "authorityKeyIdentifier = keyid\nsubjectKeyIdentifier = " +
                encode_hex(*fields.subject_key_id) + "\n"
            )
        )));
        sign_again(now);
        const Bytes der = sure(read_file(m_temp / "old.crt", 10'000));
        auto database =
            sure(Database::open(folder() / "ledger.db", OpenMode::existing, ledger_migrations()));
        auto change =
            sure(database.prepare("UPDATE certificate SET der = ?, fingerprint = ? WHERE serial = ?"
            ));
        const std::string fingerprint = sha256(der).to_hex();
        ASSERT_TRUE(succeeded(change.bind_all(ByteSpan(der), fingerprint, now.serial_hex()).run()));
    }
    void sign_again(const Certificate& intermediate) const {
        const auto key = test_support::run(
            {.program = "openssl",
             .arguments = {"x509", "-noout", "-pubkey", "-in", folder() / "intermediate.crt"}}
        );
        ASSERT_TRUE(succeeded(write_file_atomically(m_temp / "key.pub", bytes_of(key.output))));
        const auto outcome = test_support::run(
            {.program = "openssl",
             .arguments = {"x509",          "-new",
                           "-force_pubkey", m_temp / "key.pub",
                           "-subj",         "/O=heliograph/CN=heliograph Intermediate",
                           "-CA",           folder() / "root.crt",
                           "-CAkey",        folder() / "private/root.key",
                           "-set_serial",   "0x" + intermediate.serial_hex(),
                           "-extfile",      m_temp / "extensions",
                           "-days",         "1000",
                           "-outform",      "DER",
                           "-out",          m_temp / "old.crt"}}
        );
        ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    }
};

TEST_F(RecipientIssuance, WaitsForAnIntermediateThatMayAndSaysHowToGetOne) {
    ASSERT_TRUE(succeeded(create().issue(recipient("alice"))));
    const Certificate before = reopened().intermediate();
    limit_intermediate();
    Authority authority = reopened();
    EXPECT_NE(authority.intermediate(), before);
    const std::string advice = "pki rollover start intermediate";
    expect_error(authority.issue(recipient("bob")), ErrorCode::refused, advice);
    const std::vector<IssueRequest> many{recipient("carol"), recipient("dave")};
    expect_error(authority.issue_many(many), ErrorCode::refused, advice);
    expect_error(authority.renew({.name = "alice"}), ErrorCode::refused, advice);
    EXPECT_TRUE(succeeded(authority.issue(server())));
    EXPECT_EQ(sure(authority.list()).size(), 4U) << "nothing of what was refused";
}

TEST_F(RecipientIssuance, GoesOnAfterARolloverAndWhatThereWasStaysGood) {
    const Certificate alice = sure(create().issue(recipient("alice"))).certificate;
    limit_intermediate();
    Authority authority = reopened();
    const ChainReport sealed_to = sure(check_chain(
        {.leaf = alice,
         .intermediates = {authority.intermediate()},
         .roots = authority.roots(),
         .revocation_lists = {},
         .purpose = ChainPurpose::recipient,
         .at = m_clock.now(),
         .revocation = RevocationPolicy::not_checked}
    ));
    EXPECT_TRUE(sealed_to.accepted()) << sealed_to.summary();
    ASSERT_TRUE(succeeded(authority.start_rollover({.target = RolloverTarget::intermediate})));
    EXPECT_TRUE(succeeded(authority.issue(recipient("bob"))));
    EXPECT_TRUE(succeeded(authority.renew({.name = "alice"})));
}

}  // namespace
}  // namespace heliograph::pki
