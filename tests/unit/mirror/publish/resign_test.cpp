// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/resign.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/gate/page_gate.hpp>

#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

pki::Credential copy_of(const pki::Credential& credential) {
    return pki::Credential::parse_bundle(credential.to_bundle_pem().expose()).value();
}

class ResignTest : public ::testing::Test {
  protected:
    ResignTest() {
        for (const std::string name : {"a", "b", "c", "d", "e"}) {
            master.add(name, "1.0", name);
        }
    }

    Resigner resigner() { return {master.parts(), folder / "resign.json"}; }

    void roll_over() {
        ASSERT_TRUE(succeeded(resigner().announce({next})));
        master.sign_with(copy_of(next));
    }

    std::vector<std::string> published_signers() const {
        const auto chain = master.catalog.evidence(EvidenceKind::signer_chain).value();
        const auto parsed = verify::parse_server_key(text_of(chain)).value();
        std::vector<std::string> fingerprints;
        for (const auto& signer : parsed.signers) {
            fingerprints.push_back(signer.fingerprint().to_hex());
        }
        return fingerprints;
    }

    bool signed_by(const std::string& project, const pki::Credential& signer) const {
        bool both = true;
        for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
            const auto page =
                master.catalog.page(verify::parse_normalised_name(project).value(), form).value();
            both = both && verify::check_page_signature(
                               signer.key.public_key(),
                               pki::SignedBytes(page.body),
                               pki::SignatureBytes(page.signature),
                               {.subject = "page", .signer = "signer", .source = "test"}
                           )
                               .value()
                               .accepted();
        }
        return both;
    }

    // What a client says that has the evidence of this moment.
    bool clients_accept(const std::string& project) const {
        const auto chain = master.catalog.evidence(EvidenceKind::signer_chain).value();
        const auto name = verify::parse_normalised_name(project).value();
        const auto page = master.catalog.page(name, verify::PageForm::json).value();
        const auto trust = master.trust();
        return verify::judge_page(
                   {.wanted = name,
                    .form = verify::PageForm::json,
                    .page = page.body,
                    .signature = page.signature,
                    .source = "test"},
                   {.chain_pem = chain, .revocation_pem = {}, .source = "test"},
                   {.trust = trust,
                    .state = {},
                    .policy = verify::default_page_policy(),
                    .at = master.clock.now()}
        )
            .value()
            .page.has_value();
    }

    TestMaster master;
    test::TempFolder folder;
    const pki::Credential former = copy_of(master.signer());
    const pki::Credential next = master.issue_signer();
};

TEST_F(ResignTest, SignsNothingWhenTheSignerIsTheFirst) {
    const auto report = resigner().run({}).value();
    EXPECT_EQ(report.pages, 0U);
    EXPECT_TRUE(signed_by("a", former));
}

TEST_F(ResignTest, SignsEveryPageAnewAndChangesNoByteOfIt) {
    const auto name = verify::parse_normalised_name("a").value();
    const auto before = master.catalog.page(name, verify::PageForm::html).value();
    roll_over();
    EXPECT_EQ(resigner().run({.batch_projects = 2}).value().pages, 10U);
    const auto after = master.catalog.page(name, verify::PageForm::html).value();
    EXPECT_EQ(after.body, before.body);
    EXPECT_EQ(after.serial, before.serial);
    for (const std::string project : {"a", "b", "c", "d", "e"}) {
        EXPECT_TRUE(signed_by(project, next)) << project;
    }
    EXPECT_EQ(resigner().run({}).value().pages, 0U) << "all are";
}

TEST_F(ResignTest, LetsClientsAcceptEitherSignerFromTheFirstMomentToTheLast) {
    ASSERT_TRUE(succeeded(resigner().announce({next})));
    EXPECT_TRUE(clients_accept("a")) << "announced";
    master.sign_with(copy_of(next));
    master.add("f", "1.0", "f");
    EXPECT_TRUE(clients_accept("a")) << "still under the former";
    EXPECT_TRUE(clients_accept("f")) << "already under the next";
    EXPECT_EQ(
        published_signers(),
        (std::vector{former.leaf.fingerprint().to_hex(), next.leaf.fingerprint().to_hex()})
    );
    ASSERT_TRUE(succeeded(resigner().run({})));
    EXPECT_TRUE(clients_accept("a"));
    EXPECT_EQ(
        published_signers(),
        (std::vector{next.leaf.fingerprint().to_hex(), former.leaf.fingerprint().to_hex()})
    );
    EXPECT_EQ(
        text_of(master.catalog.evidence(EvidenceKind::server_key).value()),
        next.key.public_key().to_pem()
    );
    ASSERT_TRUE(succeeded(resigner().end_overlap()));
    EXPECT_TRUE(clients_accept("a"));
    EXPECT_EQ(published_signers(), std::vector{next.leaf.fingerprint().to_hex()});
}

TEST_F(ResignTest, ContinuesWhereItWasStopped) {
    roll_over();
    std::stop_source stop;
    stop.request_stop();
    expect_error(resigner().run({.stop = stop.get_token()}), ErrorCode::cancelled);
    EXPECT_TRUE(signed_by("a", former));
    EXPECT_EQ(resigner().run({.batch_projects = 1}).value().projects, 5U);
}

TEST_F(ResignTest, EndsNoOverlapWhileAPageIsUnderAFormerSigner) {
    roll_over();
    expect_error(resigner().end_overlap(), ErrorCode::conflict, "mirror resign");
    EXPECT_TRUE(clients_accept("a"));
}

TEST_F(ResignTest, DoesNotSignWhatTheDiskAltered) {
    const auto name = verify::parse_normalised_name("c").value();
    auto page = master.catalog.page(name, verify::PageForm::json).value();
    page.body[0] ^= std::byte{1};
    {
        const auto transaction = master.catalog.begin().value();
        ASSERT_TRUE(succeeded(transaction->put_page(name, verify::PageForm::json, page)));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    roll_over();
    ASSERT_TRUE(succeeded(resigner().run({})));
    EXPECT_TRUE(clients_accept("b"));
    EXPECT_FALSE(clients_accept("c")) << "signed is what was published, not what lies there now";
    EXPECT_FALSE(signed_by("c", next));
}

TEST_F(ResignTest, TakesAnotherSignerAfterTheFormerIsOver) {
    // A folder of the past: its signer, announced and all pages signed, is over by now.
    const auto expired = master.issue_signer(test_support::Lifetime::over);
    master.sign_with(copy_of(expired));
    const auto today = master.clock.now();
    master.clock.set(expired.leaf.not_after() - std::chrono::hours(1));
    ASSERT_TRUE(succeeded(master.publisher().publish_evidence({master.signer().chain_pem(), ""})));
    master.add("f", "1.0", "f");
    master.clock.set(today);
    ASSERT_FALSE(clients_accept("f"));
    expect_error(resigner().run({}), ErrorCode::refused, "mirror resign --signer");

    ASSERT_TRUE(succeeded(resigner().announce({next})));
    EXPECT_EQ(published_signers(), std::vector{next.leaf.fingerprint().to_hex()})
        << "what is over is not in overlap with anything";
    // Killed before the key was put in place, and begun again.
    ASSERT_TRUE(succeeded(resigner().announce({next})));
    master.sign_with(copy_of(next));
    EXPECT_EQ(resigner().run({}).value().projects, 6U);
    EXPECT_TRUE(clients_accept("f"));
    ASSERT_TRUE(succeeded(resigner().end_overlap()));
}

TEST_F(ResignTest, PublishesNoRevokedSignerBesideTheNewOne) {
    const std::vector revoked{former.leaf.fingerprint()};
    ASSERT_TRUE(succeeded(resigner().announce({next, revoked})));
    EXPECT_EQ(published_signers(), std::vector{next.leaf.fingerprint().to_hex()});
    expect_error(resigner().run({.revoked = revoked}), ErrorCode::refused, "pki issue signer");
    master.sign_with(copy_of(next));
    EXPECT_EQ(resigner().run({.revoked = revoked}).value().projects, 5U);
    EXPECT_TRUE(clients_accept("a"));
}

TEST_F(ResignTest, TakesASignerOutOfTheOverlapThatIsRevokedDuringIt) {
    roll_over();
    EXPECT_EQ(published_signers().size(), 2U);
    ASSERT_TRUE(succeeded(resigner().run({.revoked = {former.leaf.fingerprint()}})));
    EXPECT_EQ(published_signers(), std::vector{next.leaf.fingerprint().to_hex()});
}

}  // namespace
}  // namespace heliograph::mirror
