// SPDX-License-Identifier: Apache-2.0
// Responses and answers, judged by the openssl command.
#include <pki/authority/authority.hpp>
#include <pki/base/file.hpp>
#include <pki/ocsp/responder.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

namespace fs = std::filesystem;
using heliograph::test::expect_error;
using heliograph::test::succeeded;
using heliograph::test::TempFolder;
using std::chrono::days;
using test::sample_now;
using test::SampleChain;
using test::sure;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Requests come from the openssl command, and it judges the answers. Its clock is the machine's, so
// everything is made now.
class Responder : public testing::Test {
  protected:
    Responder() : m_authority(sure(Authority::create(m_temp / "pki", {}, m_clock))) {}

    Issued issue(const std::string& name) {
        return sure(m_authority.issue({.kind = LeafKind::client, .name = name}));
    }
    Bytes request_for(const Issued& issued, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{
            "ocsp", "-issuer", m_temp / "pki/intermediate.crt", "-reqout", m_temp / "request"};
        arguments.insert(arguments.begin() + 1, more.begin(), more.end());
        arguments.insert(arguments.end(), {"-cert", issued.folder / "cert.pem"});
        EXPECT_EQ(run_openssl(arguments).exit_code, 0);
        return sure(read_file(m_temp / "request", 1 << 16));
    }
    /// What `openssl ocsp` says of a response to a request for one certificate.
    test_support::Outcome judge(
        const Issued& issued, ByteSpan response, std::vector<std::string> more = {}
    ) {
        EXPECT_TRUE(succeeded(write_file_atomically(m_temp / "response", response)));
        std::vector<std::string> arguments{
            "ocsp",
            "-issuer",
            m_temp / "pki/intermediate.crt",
            "-CAfile",
            m_temp / "pki/root.crt",
            "-respin",
            m_temp / "response"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        arguments.insert(arguments.end(), {"-cert", issued.folder / "cert.pem"});
        return run_openssl(arguments);
    }
    static test_support::Outcome run_openssl(const std::vector<std::string>& arguments) {
        return test_support::run({.program = "openssl", .arguments = arguments});
    }
    Bytes answer(ByteSpan request) {
        return sure(m_authority.answer_ocsp_request(request, days(1)));
    }
    Bytes presigned(const Issued& issued) {
        return sure(
            read_file(m_temp / "pki/ocsp" / (issued.certificate.serial_hex() + ".der"), 1 << 16)
        );
    }
    std::string status_word(ByteSpan response) {
        EXPECT_TRUE(succeeded(write_file_atomically(m_temp / "response", response)));
        return run_openssl({"ocsp", "-respin", m_temp / "response", "-resp_text", "-noverify"})
            .output;
    }

    TempFolder m_temp;
    SystemClock m_clock;
    Authority m_authority;
};

TEST_F(Responder, AnswersGoodAndRevokedWithTheNonceRepeated) {
    const Issued good = issue("good");
    const Issued bad = issue("bad");
    ASSERT_TRUE(succeeded(m_authority.revoke({"bad", RevocationReason::key_compromise})));
    for (const std::string digest : {"-sha1", "-sha256"}) {
        const Bytes response = answer(request_for(good, {digest}));
        // The command compares the nonce with that of the request it is shown.
        EXPECT_TRUE(succeeded(write_file_atomically(m_temp / "response", response)));
        const auto nonce = run_openssl(
            {"ocsp",
             "-reqin",
             m_temp / "request",
             "-respin",
             m_temp / "response",
             "-issuer",
             m_temp / "pki/intermediate.crt",
             "-CAfile",
             m_temp / "pki/root.crt"}
        );
        EXPECT_EQ(nonce.exit_code, 0) << nonce.errors;
        EXPECT_THAT(nonce.output + nonce.errors, HasSubstr("Response verify OK"));
        EXPECT_THAT(nonce.output + nonce.errors, Not(HasSubstr("once")));
        EXPECT_THAT(judge(good, response, {"-no_nonce", digest}).output, HasSubstr(": good"));
    }
    const auto judged = judge(bad, answer(request_for(bad)), {"-no_nonce"});
    EXPECT_THAT(judged.output, AllOf(HasSubstr(": revoked"), HasSubstr("keyCompromise")));
}

TEST_F(Responder, SignsAheadAtIssueRenewalAndRevocation) {
    const Issued issued = issue("laptop");
    for (const std::string digest : {"-sha1", "-sha256"}) {
        const auto judged = judge(issued, presigned(issued), {"-no_nonce", digest});
        EXPECT_THAT(
            judged.output + judged.errors,
            AllOf(HasSubstr("Response verify OK"), HasSubstr(": good"))
        );
    }
    const Issued renewed = sure(m_authority.renew({.name = "laptop"}));
    EXPECT_FALSE(presigned(renewed).empty());
    ASSERT_TRUE(succeeded(
        m_authority.revoke({"laptop", RevocationReason::superseded, RevokeScope::all_of_name})
    ));
    EXPECT_THAT(judge(renewed, presigned(renewed)).output, HasSubstr(": revoked"));
    EXPECT_EQ(sure(m_authority.refresh_ocsp(days(3))), 2U);
    expect_error(m_authority.refresh_ocsp(days(31)), ErrorCode::invalid_argument);
}

TEST_F(Responder, LetsADelegatedCertificateAnswer) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::signer);
    wanted.kind = LeafKind::ocsp;
    const Certificate delegate = sure(chain.issue(wanted));
    const Certificate leaf = chain.leaf(LeafKind::client);
    const Bytes response = sure(make_ocsp_response(
        leaf.serial_hex(),
        {.state = OcspState::good},
        {chain.intermediate, delegate, chain.leaf_key},
        {sample_now, sample_now + days(7), sample_now}
    ));
    const std::string text = status_word(response);
    EXPECT_THAT(text, AllOf(HasSubstr("Cert Status: good"), HasSubstr("OCSP Signing")));
    EXPECT_THAT(text, HasSubstr("Produced At: Jan  2 03:04:05 2026 GMT")) << "by no other clock";
    expect_error(
        make_ocsp_response(
            leaf.serial_hex(),
            {},
            {chain.intermediate, delegate, chain.leaf_key},
            {sample_now, sample_now, sample_now}
        ),
        ErrorCode::invalid_argument
    );
}

TEST_F(Responder, RefusesWhatIsNoRequestAndWhoIsNotItsOwn) {
    EXPECT_THAT(status_word(answer({})), HasSubstr("malformedrequest"));
    const Issued issued = issue("laptop");
    const Bytes request = request_for(issued);
    for (std::size_t size = 0; size < request.size(); ++size) {
        const Bytes refused = answer(ByteSpan(request).first(size));
        EXPECT_EQ(refused.size(), 5U) << "an unsigned refusal at " << size;
    }
    Bytes tail = request;
    tail.push_back(std::byte{0});
    EXPECT_EQ(answer(tail).size(), 5U);
    EXPECT_EQ(answer(Bytes(ocsp_request_limit_bytes + 1)).size(), 5U);
    // libcrypto reads these and cannot write them again: a digest's parameter of another type.
    const std::string null_parameter("\x05\x00\x04", 3);
    std::string altered(text_of(request));
    const std::size_t at = altered.find(null_parameter);
    ASSERT_NE(at, std::string::npos);
    for (const char tag : {'\x20', '\x00', '\x04', '\x30'}) {
        altered[at] = tag;
        EXPECT_EQ(answer(bytes_of(altered)).size(), 5U) << "a parameter of tag " << int{tag};
    }
    TempFolder other;
    Authority stranger = sure(Authority::create(other / "pki", {}, m_clock));
    const Bytes refused = sure(stranger.answer_ocsp_request(request, days(1)));
    EXPECT_THAT(status_word(refused), HasSubstr("unauthorized"));
}

TEST_F(Responder, SaysUnknownOfASerialThatItNeverGave) {
    const Issued issued = issue("laptop");
    EXPECT_EQ(
        run_openssl({"ocsp",
                     "-issuer",
                     m_temp / "pki/intermediate.crt",
                     "-serial",
                     "4711",
                     "-reqout",
                     m_temp / "request"})
            .exit_code,
        0
    );
    const Bytes request = sure(read_file(m_temp / "request", 1 << 16));
    EXPECT_THAT(status_word(answer(request)), HasSubstr("Cert Status: unknown"));
}

}  // namespace
}  // namespace heliograph::pki
