// SPDX-License-Identifier: Apache-2.0
#include <verify/verdict/policy.hpp>
#include <verify/verdict/verdict.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

Finding finding(Cause cause, Severity severity = Severity::error) {
    return {
        .id = std::string(cause_name(cause)),
        .severity = severity,
        .cause = cause,
        .subject = "file a-1.zip",
        .expected = "sha256 x",
        .seen = "sha256 y",
        .source = "https://one.example/",
        .advice = "use another mirror"};
}

TEST(Verdict, ThatCheckedNothingIsNotAccepted) {
    EXPECT_FALSE(Verdict().accepted());
}

TEST(Verdict, WithAPassedCheckAndNoErrorIsAccepted) {
    Verdict verdict;
    verdict.pass("hash");
    verdict.add(finding(Cause::stale_evidence, Severity::warning));
    EXPECT_TRUE(verdict.accepted());
    EXPECT_FALSE(verdict.worst_cause());
    EXPECT_EQ(verdict.describe(), "");
}

TEST(Verdict, OneErrorOutweighsEveryPassedCheck) {
    Verdict verdict;
    verdict.pass("hash");
    verdict.add(finding(Cause::stale_evidence));
    EXPECT_FALSE(verdict.accepted());
}

TEST(Verdict, WorstCauseIsFalseThenMissingThenStaleThenNotFound) {
    Verdict verdict;
    verdict.add(finding(Cause::not_found));
    EXPECT_EQ(verdict.worst_cause(), Cause::not_found);
    verdict.add(finding(Cause::stale_evidence));
    EXPECT_EQ(verdict.worst_cause(), Cause::stale_evidence);
    verdict.add(finding(Cause::missing_evidence));
    EXPECT_EQ(verdict.worst_cause(), Cause::missing_evidence);
    Verdict other;
    other.add(finding(Cause::false_evidence));
    verdict.merge(other);
    EXPECT_EQ(verdict.worst_cause(), Cause::false_evidence);
    EXPECT_EQ(verdict.findings().size(), 4U);
}

TEST(Finding, SaysExpectedSeenSourceAndAdviceInOneSentence) {
    EXPECT_EQ(
        finding(Cause::false_evidence).sentence(),
        "file a-1.zip: expected sha256 x, saw sha256 y, from https://one.example/; use another "
        "mirror [false-evidence]"
    );
}

TEST(Finding, SentenceCannotSteerATerminal) {
    Finding hostile = finding(Cause::false_evidence);
    hostile.seen = "\x1b]0;x\x07\n" + std::string(10'000, 'a');
    const std::string sentence = hostile.sentence();
    EXPECT_EQ(sentence.find('\x1b'), std::string::npos);
    EXPECT_EQ(sentence.find('\n'), std::string::npos);
    EXPECT_LT(sentence.size(), 1000U);
}

TEST(PagePolicy, StrictDemandsMoreThanDefault) {
    EXPECT_EQ(default_page_policy().page_signature, Demand::required);
    EXPECT_EQ(strict_page_policy().revocation, Demand::required);
    EXPECT_EQ(no_evidence_page_policy().page_signature, Demand::ignored);
}

}  // namespace
}  // namespace heliograph::verify
