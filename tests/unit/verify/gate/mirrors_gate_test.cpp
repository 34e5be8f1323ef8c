// SPDX-License-Identifier: Apache-2.0
// Every finding of the gate for signed lists of mirrors has a test here that produces it.
#include <tests/unit/verify/gate/signed_index.hpp>
#include <verify/gate/mirrors_gate.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using test_gate::SignedIndex;
using test_gate::sure;

/// A list with all evidence around it, right until a test spoils one part.
struct SampleList {
    SampleList() { sign(); }

    void sign() {
        text = render_mirrors_document(document);
        signature = sure(sign_page(index.chain.leaf_key, bytes_of(text)));
    }

    [[nodiscard]] MirrorsJudgement judge() const {
        const auto signers =
            sure(judge_signers(index.signer_evidence(), index.trust(), index.policy, index.at));
        return sure(judge_mirrors(
            {bytes_of(text),
             signature.empty() ? std::nullopt : std::optional<ByteSpan>(signature),
             "https://one.example/mirrors.json"},
            signers,
            demand
        ));
    }

    SignedIndex index;
    MirrorsDocument document{
        .index = "sample",
        .serial = 5,
        .expires = test_gate::sample_now + std::chrono::hours(1),
        .mirrors = {{.url = "https://one.example/"}}};
    std::string text;
    Bytes signature;
    MirrorsDemand demand{.index = "sample"};
};

void expect_refused(const SampleList& list, const std::string& id, Cause cause) {
    const auto judgement = list.judge();
    EXPECT_FALSE(judgement.verdict.accepted());
    EXPECT_FALSE(judgement.document);
    const Finding* finding = judgement.verdict.find(id);
    ASSERT_NE(finding, nullptr) << "expected " << id << ", saw:\n" << judgement.verdict.describe();
    EXPECT_EQ(cause_name(finding->cause), cause_name(cause));
    EXPECT_FALSE(finding->expected.empty());
    EXPECT_FALSE(finding->seen.empty());
}

TEST(MirrorsGate, AcceptsAListWithAllEvidence) {
    const SampleList list;
    const auto judgement = list.judge();
    EXPECT_TRUE(judgement.verdict.accepted()) << judgement.verdict.describe();
    ASSERT_TRUE(judgement.document);
    EXPECT_EQ(*judgement.document, list.document);
    EXPECT_TRUE(judgement.verdict.findings().empty());
}

TEST(MirrorsGate, RefusesAListWithoutASignature) {
    SampleList list;
    list.signature.clear();
    expect_refused(list, "mirror-list-signature-missing", Cause::missing_evidence);
    list.index.policy = no_evidence_page_policy();
    expect_refused(list, "mirror-list-signature-missing", Cause::missing_evidence);
}

TEST(MirrorsGate, RefusesOneFlippedByte) {
    SampleList list;
    list.text[list.text.find("one.example")] = 'x';
    expect_refused(list, "mirror-list-signature-invalid", Cause::false_evidence);
}

TEST(MirrorsGate, RefusesTheSignatureOfAPage) {
    SampleList list;
    list.signature = list.index.signature;
    expect_refused(list, "mirror-list-signature-invalid", Cause::false_evidence);
}

TEST(MirrorsGate, RefusesAPageThatTheSameKeySigned) {
    SampleList list;
    list.text = list.index.page;
    list.signature = list.index.signature;
    expect_refused(list, "mirror-list-malformed", Cause::false_evidence);
}

TEST(MirrorsGate, IsNoPage) {
    const SampleList list;
    SignedIndex index;
    index.page = list.text;
    index.sign();
    EXPECT_NE(index.judge().verdict.find("page-malformed"), nullptr);
}

TEST(MirrorsGate, RefusesTheListOfAnotherIndex) {
    SampleList list;
    list.demand.index = "another";
    expect_refused(list, "mirror-list-of-another-index", Cause::false_evidence);
}

TEST(MirrorsGate, RefusesAnOlderEdition) {
    SampleList list;
    list.demand.seen = SeenMirrors{6, {}};
    expect_refused(list, "mirror-list-rollback", Cause::false_evidence);
}

TEST(MirrorsGate, RefusesTwoEditionsOfOneSerial) {
    SampleList list;
    list.demand.seen = SeenMirrors{5, pki::sha256(bytes_of(list.text))};
    EXPECT_TRUE(list.judge().verdict.accepted());
    list.document.mirrors.front().url = "https://two.example/";
    list.sign();
    expect_refused(list, "mirror-list-forked", Cause::false_evidence);
}

TEST(MirrorsGate, RefusesAListFromItsEndOn) {
    SampleList list;
    list.document.expires = test_gate::sample_now;
    list.sign();
    expect_refused(list, "mirror-list-expired", Cause::stale_evidence);
}

TEST(MirrorsGate, RefusesAListWithoutBound) {
    SampleList list;
    list.text.append(mirrors_document_bytes, ' ');
    expect_refused(list, "mirror-list-too-large", Cause::false_evidence);
}

TEST(MirrorsGate, DemandsRevocationListsAsPagesDo) {
    SampleList list;
    list.index.revocation_pem.clear();
    list.index.policy = strict_page_policy();
    expect_refused(list, "revocation-missing", Cause::missing_evidence);
}

}  // namespace
}  // namespace heliograph::verify
