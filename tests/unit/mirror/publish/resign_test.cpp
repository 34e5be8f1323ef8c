// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/resign.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/gate/page_gate.hpp>

#include <stop_token>
#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

pki::Credential copy_of(const pki::Credential& credential) {
    return pki::Credential::parse_bundle(credential.to_bundle_pem().expose()).value();
}

// Asks for a stop once so many projects are signed.
class StopAfter final : public EventSink {
  public:
    explicit StopAfter(int projects) : m_left(projects) {}
    void emit(const Event& event) override {
        if (event.name == "resign.project.signed" && --m_left == 0) {
            m_stop.request_stop();
        }
    }
    [[nodiscard]] std::stop_token token() const { return m_stop.get_token(); }

  private:
    int m_left;
    std::stop_source m_stop;
};

class ResignTest : public ::testing::Test {
  protected:
    // A run that commits each project by itself and is stopped once so many are signed.
    Result<ResignReport> stopped_after(int projects) {
        StopAfter sink(projects);
        const auto parts = master.parts();
        return Resigner(
                   {parts.catalog, parts.blobs, parts.signer, parts.clock, sink, parts.beside},
                   folder / "resign.json"
        )
            .run({.batch_projects = 1, .stop = sink.token()});
    }

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

    [[nodiscard]] std::string server_key() const {
        return std::string(text_of(master.catalog.evidence(EvidenceKind::server_key).value()));
    }

    [[nodiscard]] static bool is_signature(
        const pki::PublicKey& key, const StoredPage& page, const Bytes& signature
    ) {
        return verify::check_page_signature(
                   key,
                   pki::SignedBytes(page.body),
                   pki::SignatureBytes(signature),
                   {.subject = "page", .signer = "signer", .source = "test"}
        )
            .value()
            .accepted();
    }

    [[nodiscard]] bool holder_of_server_key_accepts_all() const {
        const auto key = pki::PublicKey::parse_pem(server_key()).value();
        bool all = true;
        for_each_page([&](const verify::ProjectName&, verify::PageForm, const StoredPage& page) {
            all = all && is_signature(key, page, page.signature);
        });
        return all;
    }

    // Asks for the signature of its key, which may be the first or the other.
    [[nodiscard]] bool key_holder_accepts_all(const pki::Credential& signer) const {
        const auto key = signer.key.public_key();
        bool all = true;
        for_each_page(
            [&](const verify::ProjectName& name, verify::PageForm form, const StoredPage& page) {
                const bool is_other = master.catalog.other_key().value() == verify::key_id(key);
                const auto other = master.catalog.other_signature(name, form).value();
                all = all &&
                      is_signature(key, page, is_other ? other.value_or(Bytes()) : page.signature);
            }
        );
        return all;
    }

    // So many projects have the next signer's signature beside.
    [[nodiscard]] std::size_t signed_beside() const {
        std::size_t pages = 0;
        for_each_page(
            [&](const verify::ProjectName& name, verify::PageForm form, const StoredPage& page) {
                const auto other = master.catalog.other_signature(name, form).value();
                pages += other && is_signature(next.key.public_key(), page, *other) ? 1U : 0U;
            }
        );
        return pages / 2;
    }

    template <typename Look>
    void for_each_page(const Look& look) const {
        const auto projects = master.catalog.projects().value();
        for (const auto& entry : projects) {
            for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
                look(entry.name, form, master.catalog.page(entry.name, form).value());
            }
        }
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

// A client of PEP 381 knows a key and nothing else.
TEST_F(ResignTest, LeavesNobodyWhoKnowsOneKeyAloneBehind) {
    const auto expect_both = [&](const std::string& when) {
        EXPECT_TRUE(holder_of_server_key_accepts_all()) << when;
        EXPECT_TRUE(key_holder_accepts_all(former)) << when;
    };
    expect_both("before");
    ASSERT_TRUE(succeeded(resigner().announce({next})));
    expect_both("announced");
    master.sign_with(copy_of(next));
    master.add("f", "1.0", "f");
    master.add("a", "2.0", "a2");
    expect_both("published by two");
    EXPECT_EQ(server_key(), former.key.public_key().to_pem());
    expect_error(stopped_after(3), ErrorCode::cancelled);
    expect_both("in the middle");
    ASSERT_TRUE(succeeded(resigner().run({})));
    EXPECT_EQ(server_key(), next.key.public_key().to_pem());
    expect_both("complete");
    EXPECT_TRUE(key_holder_accepts_all(next));
    master.add("g", "1.0", "g");
    expect_both("published after it");
    ASSERT_TRUE(succeeded(resigner().end_overlap()));
    EXPECT_TRUE(holder_of_server_key_accepts_all());
    EXPECT_FALSE(key_holder_accepts_all(former)) << "its signatures are gone";
}

// Stopped after every single page that is signed, run after run, from the first to the last.
TEST_F(ResignTest, ContinuesWhereItWasStopped) {
    roll_over();
    std::size_t done = 0;
    for (;;) {
        EXPECT_EQ(signed_beside(), done);
        EXPECT_TRUE(holder_of_server_key_accepts_all()) << "after " << done;
        EXPECT_TRUE(clients_accept("a") && clients_accept("e")) << "after " << done;
        expect_error(resigner().end_overlap(), ErrorCode::conflict, "mirror resign");
        const auto report = stopped_after(1);
        if (report) {
            EXPECT_EQ(report->projects, 1U) << "the last one";
            break;
        }
        expect_error(report, ErrorCode::cancelled);
        ++done;
        ASSERT_LT(done, 5U);
    }
    EXPECT_EQ(done, 4U);
    EXPECT_TRUE(signed_by("a", next) && signed_by("e", next));
    EXPECT_EQ(resigner().run({}).value().pages, 0U);
}

TEST_F(ResignTest, StopsBeforeTheFirstPageToo) {
    roll_over();
    std::stop_source stop;
    stop.request_stop();
    expect_error(resigner().run({.stop = stop.get_token()}), ErrorCode::cancelled);
    EXPECT_TRUE(signed_by("a", former));
    EXPECT_EQ(resigner().run({.batch_projects = 1}).value().projects, 5U);
}

// A note of progress that says more than is true costs signatures and nothing else.
TEST_F(ResignTest, DoesNotBelieveANoteThatSaysAllIsSigned) {
    roll_over();
    ASSERT_TRUE(succeeded(write_file_atomically(
        folder / "resign.json",
        bytes_of(
            R"({"format":"heliograph-resign-1","signer":")" + next.leaf.fingerprint().to_hex() +
            R"(","after":"e","complete":true})"
        )
    )));
    expect_error(resigner().run({}), ErrorCode::conflict, "mirror resign");
    EXPECT_EQ(server_key(), former.key.public_key().to_pem());
    EXPECT_EQ(resigner().run({}).value().projects, 5U);
    EXPECT_TRUE(signed_by("c", next));
}

// What the disk altered would be every client's first signature from then on.
TEST_F(ResignTest, PutsNoSignatureFirstThatIsNotTheSigners) {
    roll_over();
    expect_error(stopped_after(2), ErrorCode::cancelled);
    const auto name = verify::parse_normalised_name("a").value();
    auto signature = master.catalog.other_signature(name, verify::PageForm::json).value().value();
    signature.back() ^= std::byte{1};
    {
        const auto transaction = master.catalog.begin().value();
        ASSERT_TRUE(
            succeeded(transaction->put_other_signature(name, verify::PageForm::json, signature))
        );
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    expect_error(resigner().run({}), ErrorCode::conflict, "project a is not by");
    EXPECT_EQ(server_key(), former.key.public_key().to_pem());
    EXPECT_TRUE(holder_of_server_key_accepts_all());
    EXPECT_EQ(resigner().run({}).value().projects, 5U) << "all of them anew";
    EXPECT_EQ(server_key(), next.key.public_key().to_pem());
    EXPECT_TRUE(holder_of_server_key_accepts_all());
}

// The second rollover begins before the first is done: what it had signed so far is dropped.
TEST_F(ResignTest, GivesWayToAnotherRollover) {
    roll_over();
    expect_error(stopped_after(2), ErrorCode::cancelled);
    const auto third = master.issue_signer();
    ASSERT_TRUE(succeeded(resigner().announce({third})));
    EXPECT_EQ(server_key(), former.key.public_key().to_pem());
    const auto* const kept = signer_to_keep(master.parts(), third).value();
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->leaf, former.leaf) << "not the one that never became first";
    master.sign_with(copy_of(*kept));
    master.sign_with(copy_of(third));
    master.add("f", "1.0", "f");
    EXPECT_TRUE(holder_of_server_key_accepts_all());
    ASSERT_TRUE(succeeded(resigner().run({})));
    EXPECT_EQ(server_key(), third.key.public_key().to_pem());
    EXPECT_TRUE(holder_of_server_key_accepts_all());
    EXPECT_TRUE(key_holder_accepts_all(former));
}

// A kill behind the announcement: the next signer has signed nothing that a third could take away.
TEST_F(ResignTest, CallsNoAwaitedSignerAFormerOne) {
    ASSERT_TRUE(succeeded(resigner().announce({next})));
    EXPECT_EQ(resigner().awaited_signer().value(), next.leaf);
    EXPECT_EQ(resigner().overlapping_signer().value(), std::nullopt);
    master.sign_with(copy_of(next));
    ASSERT_TRUE(succeeded(resigner().run({})));
    EXPECT_EQ(resigner().overlapping_signer().value(), former.leaf);
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

// Half is signed by the new signer when the former one is revoked; the lists come with an
// announcement of the signer in office, or before any announcement.
TEST_F(ResignTest, GoesOnAloneWhenTheFormerSignerIsRevokedInTheMiddle) {
    const std::vector revoked{former.leaf.fingerprint()};
    roll_over();
    expect_error(stopped_after(2), ErrorCode::cancelled);
    const auto old_chain = master.catalog.evidence(EvidenceKind::signer_chain).value();
    ASSERT_TRUE(succeeded(master.publisher().publish_evidence({std::string(text_of(old_chain)), ""})
    ));
    EXPECT_EQ(server_key(), former.key.public_key().to_pem()) << "as that of the first signatures";
    ASSERT_TRUE(succeeded(resigner().announce({next, revoked})));
    expect_error(resigner().end_overlap(), ErrorCode::conflict, "mirror resign");
    master.add("f", "1.0", "f");
    EXPECT_TRUE(clients_accept("f"));
    ASSERT_TRUE(succeeded(resigner().run({.revoked = revoked})));
    EXPECT_EQ(published_signers(), std::vector{next.leaf.fingerprint().to_hex()});
    EXPECT_EQ(master.catalog.other_key().value(), std::nullopt);
    ASSERT_TRUE(succeeded(resigner().end_overlap()));
    for (const std::string project : {"a", "b", "c", "d", "e", "f"}) {
        EXPECT_TRUE(clients_accept(project) && signed_by(project, next)) << project;
    }
}

TEST_F(ResignTest, SignsAllAnewWhenTheFormerSignerIsRevokedWhateverTheNoteSays) {
    const std::vector revoked{former.leaf.fingerprint()};
    roll_over();
    expect_error(stopped_after(1), ErrorCode::cancelled);
    for (const std::string complete : {"false", "true"}) {
        ASSERT_TRUE(succeeded(write_file_atomically(
            folder / "resign.json",
            bytes_of(
                R"({"format":"heliograph-resign-1","signer":")" + next.leaf.fingerprint().to_hex() +
                R"(","after":"d","complete":)" + complete + "}"
            )
        )));
        EXPECT_EQ(
            resigner().run({.revoked = revoked}).value().projects, complete == "true" ? 0U : 5U
        );
        for (const std::string project : {"a", "b", "c", "d", "e"}) {
            EXPECT_TRUE(clients_accept(project) && signed_by(project, next)) << project;
        }
    }
}

TEST_F(ResignTest, TakesASignerOutOfTheOverlapThatIsRevokedDuringIt) {
    roll_over();
    EXPECT_EQ(published_signers().size(), 2U);
    ASSERT_TRUE(succeeded(resigner().run({.revoked = {former.leaf.fingerprint()}})));
    EXPECT_EQ(published_signers(), std::vector{next.leaf.fingerprint().to_hex()});
}

}  // namespace
}  // namespace heliograph::mirror
