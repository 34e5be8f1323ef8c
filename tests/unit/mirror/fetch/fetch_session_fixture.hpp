// SPDX-License-Identifier: Apache-2.0
// A session with two mirrors that serve one signed project, until a test spoils one of them.
#pragma once

#include <mirror/fetch/fetch_session.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/fetch/scripted_transport.hpp>
#include <tests/unit/verify/gate/signed_index.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::mirror {

using scripted::ScriptedAnswer;
using verify::Cause;
using verify::test_gate::SignedIndex;

inline const std::string one = "https://one.example/";
inline const std::string two = "https://two.example/";
inline const std::string three = "https://three.example/";
inline const std::string content = "the bytes of a wheel";
inline const std::string file_name = "demo-2.0-py3-none-any.whl";

class FetchSessionTest : public testing::Test {
  protected:
    FetchSessionTest() {
        for (const std::string& mirror : {one, two}) {
            serve(mirror, Serial{42});
        }
    }

    using Serial = verify::Serial;

    verify::PageFile wheel() const {
        verify::PageFile file = verify::test_pages::sample_file(file_name);
        file.sha256 = pki::sha256(bytes_of(content));
        file.size_bytes = content.size();
        return file;
    }

    /// The sample project with one more file, signed, at this serial.
    void serve(const std::string& mirror, Serial serial) {
        verify::ProjectPage page = verify::test_pages::sample_page();
        page.serial = serial;
        verify::add_file(page, wheel());
        m_index.page = render_page_json(page);
        m_index.sign();
        m_transport.answer(mirror + "simple/demo/", m_index.page);
        m_transport.answer(mirror + "serversig/demo.json", std::string(text_of(m_index.signature)));
        m_transport.answer(mirror + "serverkey.crt", m_index.chain_pem);
        m_transport.answer(mirror + "serverkey.crl", m_index.revocation_pem);
        m_transport.answer(file_url(mirror), content);
    }

    std::string file_url(const std::string& mirror) const {
        return mirror + wheel().path().absolute().substr(1);
    }

    MirrorList list() const { return parse_mirror_list(m_list).value(); }

    std::string lists_that_revoke_the_signer() {
        return lists_that_revoke_the_signer(m_index.chain);
    }
    /// Current lists of this authority that name the serial of our signer.
    std::string lists_that_revoke_the_signer(pki::test::SampleChain& authority) {
        return authority.list_of_root().to_pem() +
               authority
                   .list_of_intermediate(
                       {{.serial_hex = m_index.signer.serial_hex(),
                         .revoked_at = verify::test_gate::sample_now,
                         .reason = pki::RevocationReason::key_compromise}}
                   )
                   .to_pem();
    }

    /// From now on another signer signs, with a key of its own.
    void roll_signer() {
        m_index.chain.leaf_key = verify::test_gate::sure(pki::PrivateKey::generate());
        m_index.signer = m_index.chain.leaf(pki::LeafKind::signer);
        m_index.chain_pem = verify::render_server_key(
            {.signers = {m_index.signer}, .intermediates = {m_index.chain.intermediate}}
        );
    }

    /// One session for several requirements, each into an empty folder.
    class LongSession {
      public:
        explicit LongSession(FetchSessionTest& test)
            : m_test(test),
              m_trust(test.m_index.trust()),
              m_fleet(test.list(), test.m_known, Dice(1)),
              m_session(
                  m_fleet,
                  {test.m_transport,
                   m_trust,
                   test.m_state,
                   test.m_clock,
                   test.m_policy,
                   std::nullopt},
                  test.m_state,
                  test.conduct()
              ) {}

        Result<FetchOutcome> fetch() {
            std::filesystem::remove(m_test.m_folder / file_name);
            return m_session.fetch(
                {.requirement = parse_requirement("demo").value(),
                 .target = {},
                 .folder = m_test.m_folder.path()},
                m_test.m_watcher
            );
        }

      private:
        FetchSessionTest& m_test;
        verify::TrustBundle m_trust;
        Fleet m_fleet;
        FetchSession m_session;
    };

    Result<FetchOutcome> fetch(std::string_view requirement = "demo") {
        const verify::TrustBundle trust = m_index.trust();
        const ClientBasis basis{m_transport, trust, m_state, m_clock, m_policy, std::nullopt};
        Fleet fleet(list(), m_known, Dice(1));
        FetchSession session(fleet, basis, m_state, conduct());
        auto outcome = session.fetch(
            {.requirement = parse_requirement(requirement).value(),
             .target = {},
             .folder = m_folder.path()},
            m_watcher
        );
        for (std::size_t i = 0; i < fleet.size(); ++i) {
            m_known.insert_or_assign(fleet.url(i).to_string(), fleet.health(i));
        }
        return outcome;
    }

    /// Waits move the clock and take no time.
    FetchConduct conduct() {
        return {
            .retries =
                {.rounds = m_rounds,
                 .wait =
                     [this](std::chrono::milliseconds length) {
                         m_waits.push_back(length);
                         m_clock.advance(std::chrono::ceil<std::chrono::seconds>(length));
                     }},
            .keep_evidence = [this](const MirrorEvidence& evidence) {
                m_evidence.push_back(evidence);
                return Result<std::filesystem::path>(std::filesystem::path("proof.json"));
            }};
    }

    MirrorStanding standing(const std::string& mirror) const {
        return standing_of(m_known.at(mirror), m_clock.now());
    }

    /// The right file stands there, alone.
    void expect_right_file(const Result<FetchOutcome>& outcome, const std::string& from) {
        ASSERT_TRUE(heliograph::test::succeeded(outcome));
        ASSERT_TRUE(outcome->file) << describe(*outcome);
        EXPECT_EQ(outcome->file->mirror, from);
        EXPECT_EQ(outcome->file->path, m_folder / file_name);
        EXPECT_EQ(text_of(read_file(m_folder / file_name, 1000).value()), content);
        EXPECT_EQ(files_in_folder(), 1);
    }

    /// No file, and nothing left behind.
    void expect_no_file(const Result<FetchOutcome>& outcome) {
        ASSERT_TRUE(heliograph::test::succeeded(outcome));
        EXPECT_FALSE(outcome->file);
        EXPECT_EQ(files_in_folder(), 0);
    }

    static void expect_finding(
        const FetchOutcome& outcome,
        std::size_t at,
        const std::string& mirror,
        const std::string& id
    ) {
        ASSERT_GT(outcome.failures.size(), at) << describe(outcome);
        EXPECT_EQ(outcome.failures[at].mirror, mirror);
        const auto& findings = outcome.failures[at].findings;
        const bool found = std::any_of(findings.begin(), findings.end(), [&](const auto& finding) {
            return finding.id == id;
        });
        EXPECT_TRUE(found) << "expected " << id << ", saw " << describe(outcome);
    }

    static std::string describe(const FetchOutcome& outcome) {
        std::string text;
        for (const MirrorFailure& failure : outcome.failures) {
            text += failure.mirror + " " + (failure.error ? failure.error->describe() : "") + "\n";
            for (const auto& finding : failure.findings) {
                text += finding.sentence() + "\n";
            }
        }
        return text;
    }

    long files_in_folder() const {
        return std::distance(
            std::filesystem::directory_iterator(m_folder.path()),
            std::filesystem::directory_iterator()
        );
    }

    std::string m_list = one + "\n" + two + "\n";
    SignedIndex m_index;
    scripted::ScriptedTransport m_transport;
    heliograph::test::FakeClock m_clock{verify::test_gate::sample_now};
    heliograph::test::TempFolder m_folder;
    KnownHealth m_known;
    unsigned m_rounds = 1;
    std::vector<std::chrono::milliseconds> m_waits;
    std::vector<MirrorEvidence> m_evidence;
    verify::TrustState m_state;
    verify::PagePolicy m_policy = verify::strict_page_policy();
    FetchWatcher m_watcher{[](const verify::PageFile&, const Url&) {}, [](std::uint64_t) {}};
};

}  // namespace heliograph::mirror
