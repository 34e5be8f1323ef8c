// SPDX-License-Identifier: Apache-2.0
// Saved responses, ours and those of the openssl command, as our own judgement sees them.
#include <pki/base/file.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/ocsp/response_check.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using heliograph::test::succeeded;
using std::chrono::hours;
using std::chrono::minutes;
using test::sample_now;
using test::SampleChain;
using test::sure;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

class OcspCheck : public testing::Test {
  protected:
    OcspCheck() : m_path{m_chain.leaf(LeafKind::server), m_chain.intermediate, m_chain.root} {}

    [[nodiscard]] OcspSigner by_issuer() const {
        return {m_chain.intermediate, m_chain.intermediate, m_chain.intermediate_key};
    }
    static OcspLife a_day() { return {sample_now, sample_now + hours(24), sample_now}; }
    [[nodiscard]] Bytes response(const OcspStatus& status, const OcspLife& life = a_day()) const {
        return sure(make_ocsp_response(m_path[0].serial_hex(), status, by_issuer(), life));
    }
    [[nodiscard]] OcspReport judge(ByteSpan response, Instant at = sample_now) const {
        return sure(check_ocsp_response(response, {m_path, at}));
    }
    /// The only thing wrong.
    static void expect_only(const OcspReport& report, OcspDefectCode code, const std::string& id) {
        ASSERT_EQ(report.defects.size(), 1U) << id;
        EXPECT_EQ(report.defects.front().code, code) << id;
        EXPECT_EQ(report.defects.front().id, id);
        EXPECT_FALSE(report.accepted());
    }

    SampleChain m_chain;
    std::vector<Certificate> m_path;
};

TEST_F(OcspCheck, AcceptsACurrentGoodResponseOfTheIssuer) {
    const OcspReport report = judge(response({OcspState::good}));
    EXPECT_TRUE(report.accepted());
    EXPECT_EQ(report.place, 0U);
    EXPECT_THAT(report.checked, Contains("signature of the OCSP response by the issuer"));
}

TEST_F(OcspCheck, TellsReasonAndTimeOfARevocation) {
    const OcspReport report =
        judge(response({OcspState::revoked, sample_now - hours(2), RevocationReason::key_compromise}
        ));
    expect_only(report, OcspDefectCode::revoked, "ocsp-revoked");
    EXPECT_THAT(
        report.defects.front().seen,
        AllOf(HasSubstr("2026-01-02T01:04:05Z"), HasSubstr("key-compromise"))
    );
}

TEST_F(OcspCheck, JudgesTheTimesAtTheInstantGiven) {
    const Bytes good = response({OcspState::good});
    EXPECT_TRUE(judge(good, sample_now + hours(24)).accepted()) << "the last second counts";
    expect_only(
        judge(good, sample_now + hours(24) + std::chrono::seconds(1)),
        OcspDefectCode::stale,
        "ocsp-stale"
    );
    EXPECT_TRUE(judge(good, sample_now - minutes(5)).accepted()) << "clocks differ a little";
    const OcspReport early = judge(good, sample_now - minutes(6));
    expect_only(early, OcspDefectCode::from_future, "ocsp-from-future");
    EXPECT_THAT(early.defects.front().seen, HasSubstr("check the clock"));
}

TEST_F(OcspCheck, RefusesAResponseAboutAnotherCertificate) {
    const Certificate other = m_chain.leaf(LeafKind::client);
    const Bytes foreign =
        sure(make_ocsp_response(other.serial_hex(), {OcspState::good}, by_issuer(), a_day()));
    expect_only(judge(foreign), OcspDefectCode::no_answer, "ocsp-answer-missing");
}

TEST_F(OcspCheck, RefusesTheSameSerialOfAnotherIssuer) {
    const SampleChain twin;
    const Bytes foreign = sure(make_ocsp_response(
        m_path[0].serial_hex(),
        {OcspState::good},
        {twin.intermediate, twin.intermediate, twin.intermediate_key},
        a_day()
    ));
    expect_only(judge(foreign), OcspDefectCode::no_answer, "ocsp-answer-missing");
}

TEST_F(OcspCheck, RefusesASignatureByAnotherKeyUnderTheIssuersName) {
    const SampleChain twin;
    const Bytes forged = sure(make_ocsp_response(
        m_path[0].serial_hex(),
        {OcspState::good},
        {m_chain.intermediate, twin.intermediate, twin.intermediate_key},
        a_day()
    ));
    EXPECT_FALSE(judge(forged).accepted());
}

TEST_F(OcspCheck, LetsOnlyADelegateOfTheIssuerAnswer) {
    const auto answered_by = [this](const Certificate& certificate) {
        return judge(sure(make_ocsp_response(
            m_path[0].serial_hex(),
            {OcspState::good},
            {m_chain.intermediate, certificate, m_chain.leaf_key},
            a_day()
        )));
    };
    const OcspReport delegate = answered_by(m_chain.leaf(LeafKind::ocsp));
    EXPECT_TRUE(delegate.accepted()) << (delegate.defects.empty() ? "" : delegate.defects[0].seen);
    EXPECT_THAT(delegate.checked, Contains(HasSubstr("on behalf of the issuer")));
    // A server of the same issuer, without the purpose.
    expect_only(
        answered_by(m_chain.leaf(LeafKind::server)),
        OcspDefectCode::wrong_responder,
        "ocsp-responder-unauthorized"
    );
    // The purpose, but from another authority of the same name.
    SampleChain twin;
    LeafProfile profile = twin.profile(LeafKind::ocsp);
    profile.subject_key = m_chain.leaf_key.public_key();
    expect_only(
        answered_by(sure(twin.issue(profile))),
        OcspDefectCode::wrong_responder,
        "ocsp-responder-unauthorized"
    );
    // An expired one.
    profile = m_chain.profile(LeafKind::ocsp);
    profile.validity = {sample_now - hours(48), sample_now - hours(24)};
    if (const auto expired = m_chain.issue(profile)) {
        EXPECT_TRUE(answered_by(*expired).has(OcspDefectCode::wrong_responder));
    }
}

TEST_F(OcspCheck, KnowsTheCertificateAnywhereOnThePath) {
    const Bytes about_intermediate = sure(make_ocsp_response(
        m_chain.intermediate.serial_hex(),
        {OcspState::good},
        {m_chain.root, m_chain.root, m_chain.root_key},
        a_day()
    ));
    const OcspReport report = judge(about_intermediate);
    EXPECT_TRUE(report.accepted());
    EXPECT_EQ(report.place, 1U);
}

TEST_F(OcspCheck, ShowsEveryFlippedByteAndEveryTruncation) {
    const Bytes good = response({OcspState::good});
    for (std::size_t i = 0; i < good.size(); i += 1) {
        Bytes altered = good;
        altered[i] ^= std::byte{1};
        EXPECT_FALSE(judge(altered).accepted()) << i;
    }
    for (std::size_t size = 0; size < good.size(); size += 7) {
        EXPECT_TRUE(judge(ByteSpan(good).first(size)).has(OcspDefectCode::malformed)) << size;
    }
    Bytes tail = good;
    tail.push_back(std::byte{0});
    EXPECT_TRUE(judge(tail).has(OcspDefectCode::malformed));
    EXPECT_TRUE(judge(Bytes(ocsp_response_limit_bytes + 1)).has(OcspDefectCode::malformed));
}

TEST_F(OcspCheck, NamesAnErrorOfTheResponder) {
    const Bytes try_later{
        std::byte{0x30}, std::byte{3}, std::byte{0x0a}, std::byte{1}, std::byte{3}};
    const OcspReport report = judge(try_later);
    expect_only(report, OcspDefectCode::unsuccessful, "ocsp-unsuccessful");
    EXPECT_EQ(report.defects.front().seen, "tryLater");
    expect_only(judge(response({OcspState::unknown})), OcspDefectCode::unknown, "ocsp-unknown");
}

// The command's clock is the machine's, so everything is made now.
class OpensslResponder : public testing::Test {
  protected:
    OpensslResponder() {
        save("ca.key", m_key);
        EXPECT_TRUE(succeeded(write_file_atomically(m_temp / "ca.crt", bytes_of(m_root.to_pem()))));
        EXPECT_TRUE(succeeded(write_file_atomically(m_temp / "leaf", bytes_of(m_leaf.to_pem()))));
    }
    void save(const std::string& name, const PrivateKey& key) const {
        EXPECT_TRUE(succeeded(save_private_key(m_temp / name, key)));
    }
    /// What `openssl ocsp` answers when its index has this line for the leaf.
    [[nodiscard]] Bytes answered(
        const std::string& state, const std::vector<std::string>& more = {}
    ) const {
        std::string serial = m_leaf.serial_hex();
        std::transform(serial.begin(), serial.end(), serial.begin(), [](char c) {
            return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        const std::string end = "491231235959Z";
        const std::string line =
            state == "V" ? "V\t" + end + "\t\t" + serial + "\tunknown\t/CN=leaf\n"
                         : "R\t" + end + "\t" + state + "\t" + serial + "\tunknown\t/CN=leaf\n";
        EXPECT_TRUE(succeeded(write_file_atomically(m_temp / "index", bytes_of(line))));
        std::vector<std::string> arguments{
            "ocsp",
            "-index",
            m_temp / "index",
            "-CA",
            m_temp / "ca.crt",
            "-rsigner",
            m_temp / "ca.crt",
            "-rkey",
            m_temp / "ca.key",
            "-issuer",
            m_temp / "ca.crt",
            "-cert",
            m_temp / "leaf",
            "-respout",
            m_temp / "response",
            "-noverify"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto outcome = test_support::run({.program = "openssl", .arguments = arguments});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        return sure(read_file(m_temp / "response", 1 << 16));
    }
    [[nodiscard]] OcspReport judge(ByteSpan response) const {
        return sure(check_ocsp_response(response, {m_path, m_now}));
    }

    heliograph::test::TempFolder m_temp;
    Instant m_now = SystemClock().now();
    PrivateKey m_key = sure(PrivateKey::generate());
    PrivateKey m_leaf_key = sure(PrivateKey::generate());
    Certificate m_root = sure(make_root(
        {.common_name = "Root",
         .organization = "Test",
         .constraints = {},
         .validity = validity_from(m_now, std::chrono::days(30))},
        m_key
    ));
    Certificate m_middle = sure(make_intermediate(
        {.common_name = "Middle",
         .organization = "Test",
         .constraints = {},
         .validity = validity_from(m_now, std::chrono::days(20)),
         .subject_key = m_leaf_key.public_key()},
        {m_root, m_key}
    ));
    Certificate m_leaf = m_middle;
    std::vector<Certificate> m_path{m_leaf, m_root};
};

TEST_F(OpensslResponder, IsBelievedWhenItIsCurrentAndNotWhenItNeverSaysUntilWhen) {
    const OcspReport good = judge(answered("V", {"-ndays", "1"}));
    EXPECT_TRUE(good.accepted()) << (good.defects.empty() ? "" : good.defects[0].seen);
    const OcspReport by_key = judge(answered("V", {"-ndays", "1", "-resp_key_id"}));
    EXPECT_TRUE(by_key.accepted());
    const OcspReport endless = judge(answered("V"));
    ASSERT_EQ(endless.defects.size(), 1U);
    EXPECT_EQ(endless.defects.front().id, "ocsp-next-update-missing");
}

TEST_F(OpensslResponder, SaysWhenAndWhyItWasRevoked) {
    const OcspReport report = judge(answered("260102030405Z,keyCompromise", {"-ndays", "1"}));
    ASSERT_EQ(report.defects.size(), 1U);
    EXPECT_EQ(report.defects.front().code, OcspDefectCode::revoked);
    EXPECT_EQ(
        report.defects.front().seen, "one that was revoked at 2026-01-02T03:04:05Z: key-compromise"
    );
}

TEST_F(OpensslResponder, OverABrokenDigestIsRefused) {
    const OcspReport report = judge(answered("V", {"-ndays", "1", "-rmd", "sha1"}));
    EXPECT_TRUE(report.has(OcspDefectCode::bad_signature));
}

}  // namespace
}  // namespace heliograph::pki
