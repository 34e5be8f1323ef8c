// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <tests/unit/verify/attest/statement.hpp>
#include <verify/attest/provenance.hpp>

#include <gtest/gtest.h>

namespace heliograph::verify {
namespace {

using test::expect_error;
using test_attest::provenance_of;
using test_attest::StatementPlan;

const pki::Sha256 content = pki::sha256(bytes_of("content"));

FilePath file(std::string_view name = "demo-1.0-py3-none-any.whl") {
    return {content, parse_dist_file_name(name).value()};
}

Verdict judged(const StatementPlan& plan) {
    const auto provenance = parse_provenance(provenance_of(plan));
    EXPECT_TRUE(test::succeeded(provenance));
    return check_provenance(*provenance, file(), "test").value();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

TEST(Provenance, HoldsForTheFileItSpeaksOf) {
    const auto verdict = judged({.sha256 = content.to_hex()});
    EXPECT_TRUE(verdict.accepted()) << verdict.describe();
}

TEST(Provenance, ComparesNamesByWhatTheyMean) {
    EXPECT_TRUE(
        judged({.name = "Demo-1.0.0-py3-none-any.whl", .sha256 = content.to_hex()}).accepted()
    );
}

TEST(Provenance, OfAnotherFileIsRefused) {
    const auto name = judged({.name = "demo-1.1-py3-none-any.whl", .sha256 = content.to_hex()});
    EXPECT_NE(name.find("attestation-subject-name"), nullptr);
    const auto digest = judged({.sha256 = pki::sha256(bytes_of("other")).to_hex()});
    EXPECT_NE(digest.find("attestation-subject-digest"), nullptr);
    EXPECT_FALSE(digest.accepted());
}

TEST(Provenance, WithASignatureOverSomethingElseIsRefused) {
    const auto verdict = judged({.sha256 = content.to_hex(), .signed_instead = "{}"});
    EXPECT_NE(verdict.find("attestation-signature-invalid"), nullptr);
}

TEST(Provenance, TakesBuildAndPublishStatementsOnly) {
    EXPECT_TRUE(judged({.sha256 = content.to_hex(),
                        .predicate_type = "https://slsa.dev/provenance/v1"})
                    .accepted());
    for (const char* type : {"https://other.example/v1", "http://x/attestations/publish/v1", ""}) {
        expect_error(
            parse_provenance(provenance_of({.sha256 = content.to_hex(), .predicate_type = type})),
            ErrorCode::malformed
        );
    }
}

TEST(Provenance, RefusesObjectsOfAnotherShape) {
    const std::string good = provenance_of({.sha256 = content.to_hex()});
    ASSERT_TRUE(test::succeeded(parse_provenance(good)));
    expect_error(
        parse_provenance(replaced(good, "{\"version\":1", "{\"version\":2")), ErrorCode::malformed
    );
    expect_error(
        parse_provenance(replaced(good, "\"certificate\":\"", "\"certificate\":\"!")),
        ErrorCode::malformed
    );
    expect_error(
        parse_provenance(replaced(good, "\"certificate\":\"MII", "\"certificate\":\"AAA")),
        ErrorCode::malformed
    );
    expect_error(
        parse_provenance(replaced(good, "\"transparency_entries\"", "\"x\"")), ErrorCode::malformed
    );
    expect_error(
        parse_provenance(replaced(good, "\"kind\"", "\"x\"")), ErrorCode::malformed, "kind"
    );
    for (const char* text :
         {"",
          "{}",
          "[]",
          R"({"version":1,"attestation_bundles":[]})",
          R"({"version":1,"attestation_bundles":[{"publisher":{"kind":"x"},"attestations":[]}]})"}) {
        EXPECT_FALSE(parse_provenance(text).has_value()) << text;
    }
    expect_error(parse_provenance(std::string(5U << 20U, ' ')), ErrorCode::too_large);
}

}  // namespace
}  // namespace heliograph::verify
