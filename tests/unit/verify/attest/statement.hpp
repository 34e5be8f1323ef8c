// SPDX-License-Identifier: Apache-2.0
// Makes provenance objects, good and bad, with a key of the test authority.
#pragma once

#include <pki/base/encoding.hpp>
#include <pki/base/json.hpp>
#include <pki/x509/certificate.hpp>
#include <tests/support/test_authority.hpp>

#include <string>

namespace heliograph::verify::test_attest {

/// What a statement says; the defaults are right.
struct StatementPlan {
    std::string name = "demo-1.0-py3-none-any.whl";
    std::string sha256 = {};
    std::string predicate_type = "https://index.example/attestations/publish/v1";
    std::string signed_instead = {};  ///< Signed in place of the statement when not empty.
};

inline std::string statement_of(const StatementPlan& plan) {
    return render_json(JsonObject{
        {"_type", "https://in-toto.io/Statement/v1"},
        {"subject",
         JsonArray{
             JsonObject{{"name", plan.name}, {"digest", JsonObject{{"sha256", plan.sha256}}}}}},
        {"predicateType", plan.predicate_type},
        {"predicate", JsonValue()}});
}

/// A list with one attestation of this one statement, as upload tools send it.
inline JsonArray attestations_of(const StatementPlan& plan) {
    static const test_support::TestAuthority authority;
    static const auto identity = authority.issue(
        {.purpose = test_support::Purpose::signer,
         .common_name = "builder",
         .alternative_names = ""}
    );
    const auto certificate = pki::Certificate::parse_pem(identity.chain_pem).value();
    const std::string statement = statement_of(plan);
    const std::string& payload = plan.signed_instead.empty() ? statement : plan.signed_instead;
    const std::string message =
        "DSSEv1 28 application/vnd.in-toto+json " + std::to_string(payload.size()) + " " + payload;
    const std::string signature = test_support::sign_with(identity.key_pem, message);
    return JsonArray{JsonObject{
        {"version", 1},
        {"verification_material",
         JsonObject{
             {"certificate", encode_base64(certificate.to_der())},
             {"transparency_entries", JsonArray{}}}},
        {"envelope",
         JsonObject{
             {"statement", encode_base64(bytes_of(statement))},
             {"signature", encode_base64(bytes_of(signature))}}}}};
}

/// A provenance object with this one statement.
inline std::string provenance_of(const StatementPlan& plan) {
    return render_json(JsonObject{
        {"version", 1},
        {"attestation_bundles",
         JsonArray{JsonObject{
             {"publisher", JsonObject{{"kind", "GitLab"}, {"claims", JsonValue()}}},
             {"attestations", attestations_of(plan)}}}}});
}

}  // namespace heliograph::verify::test_attest
