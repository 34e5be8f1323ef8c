// SPDX-License-Identifier: Apache-2.0
// Answers the questions of independent test suites with our own judgement: one JSON document on
// standard input, one on standard output. run.py asks and compares. A failure of a case is an
// answer; only a fault of this program ends it with another code than 0.
//
//   pkits DIR   cases of tests/vectors/pkits/cases.json against the certificates and lists in DIR
//   signatures  {"groups": [{"key": SPKI hex, "algorithm": oid or "public", "parameters": hex,
//               "tests": [{"id", "msg", "sig"}]}]}
//   encodings   see encodings.hpp
#include <pki/base/clock.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/signature_check.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/issued_signature.hpp>
#include <tests/conformance/encodings.hpp>

#include <iostream>
#include <iterator>

namespace heliograph::pki {
namespace {

struct CaseAnswer {
    bool success = false;
    std::string context = {};
};

CaseAnswer answer_of(const Result<ChainReport>& report) {
    if (!report) {
        return {false, report.error().message()};
    }
    return {report->accepted(), report->summary()};
}

std::vector<std::string> texts_in(const JsonValue& parent, std::string_view name) {
    std::vector<std::string> texts;
    if (const auto* list = parent.find(name); list != nullptr && list->if_array() != nullptr) {
        for (const JsonValue& one : *list->if_array()) {
            texts.push_back(one.if_text() == nullptr ? std::string() : *one.if_text());
        }
    }
    return texts;
}

Result<ChainRequest> pkits_request(const JsonValue& test, const std::filesystem::path& folder) {
    std::vector<Certificate> path;
    for (const std::string& name : texts_in(test, "certificates")) {
        HG_TRY(const Bytes der, read_file(folder / "certs" / name, certificate_limit_bytes));
        HG_TRY(Certificate one, Certificate::parse_der(der));
        path.push_back(std::move(one));
    }
    if (path.size() < 2) {
        return Error(ErrorCode::malformed, "expected at least two certificates, saw fewer");
    }
    HG_TRY(const Instant at, parse_rfc3339("2020-01-01T00:00:00Z"));
    ChainRequest request{
        .leaf = path.back(),
        .intermediates = {path.begin() + 1, path.end() - 1},
        .roots = {path.front()},
        .revocation_lists = {},
        .purpose = ChainPurpose::any,
        .at = at,
        .revocation = RevocationPolicy::required,
        .rules = RuleSet::rfc5280,
        .name = {},
        .policies = {}};
    for (const std::string& name : texts_in(test, "lists")) {
        HG_TRY(const Bytes der, read_file(folder / "crls" / name, revocation_list_limit_bytes));
        // A list that cannot be read is one that is not there.
        if (auto list = RevocationList::parse_der(der)) {
            request.revocation_lists.push_back(std::move(list).value());
        }
    }
    request.policies.accepted = texts_in(test, "policies");
    const auto flag = [&test](std::string_view name) {
        const auto* const seen = test.find(name);
        return seen != nullptr && seen->if_boolean() != nullptr && *seen->if_boolean();
    };
    if (flag("explicit_policy")) {
        request.policies.explicit_policy = PolicyInput::Demand::required;
    }
    if (flag("inhibit_mapping")) {
        request.policies.mapping = PolicyInput::Mapping::inhibited;
    }
    if (flag("inhibit_any")) {
        request.policies.any_policy = PolicyInput::AnyPolicy::inhibited;
    }
    return request;
}

Result<JsonValue> run_pkits(const JsonValue& document, const std::filesystem::path& folder) {
    HG_TRY(const JsonArray* const tests, document.array_member("cases"));
    JsonArray results;
    for (const JsonValue& test : *tests) {
        HG_TRY(const std::string id, test.text_member("id"));
        const auto request = pkits_request(test, folder);
        const CaseAnswer answer = request ? answer_of(check_chain(*request))
                                          : CaseAnswer{false, request.error().message()};
        results.push_back(JsonObject{
            {"id", id}, {"valid", answer.success}, {"context", answer.context}});
    }
    return JsonValue(JsonObject{{"results", std::move(results)}});
}

Result<PublicKey> key_in(const JsonValue& group) {
    HG_TRY(const std::string hex, group.text_member("key"));
    HG_TRY(const Bytes spki, decode_hex(hex));
    const unsigned char* cursor = openssl_bytes(spki);
    EVP_PKEY* const key = d2i_PUBKEY(nullptr, &cursor, static_cast<long>(spki.size()));
    if (key == nullptr) {
        return Error(ErrorCode::malformed, "expected a public key, saw something else");
    }
    return PublicKey::adopt(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

Result<bool> is_valid_signature(
    const JsonValue& group, const JsonValue& test, const PublicKey& key
) {
    HG_TRY(const std::string algorithm, group.text_member("algorithm"));
    HG_TRY(const std::string message_hex, test.text_member("msg"));
    HG_TRY(const std::string signature_hex, test.text_member("sig"));
    HG_TRY(const Bytes message, decode_hex(message_hex));
    HG_TRY(const Bytes signature, decode_hex(signature_hex));
    if (algorithm == "public") {
        HG_TRY(
            const SignatureOutcome outcome,
            check_signature(key, SignedBytes(message), SignatureBytes(signature))
        );
        return outcome == SignatureOutcome::valid;
    }
    HG_TRY(const std::string parameters_hex, group.text_member("parameters"));
    HG_TRY(const Bytes parameters, decode_hex(parameters_hex));
    AlgorithmField field;
    field.oid = algorithm;
    field.parameters = parameters;
    HG_TRY(const IssuedSignature state, check_issued_signature({field, message, signature}, key));
    return state == IssuedSignature::good;
}

Result<JsonValue> run_signatures(const JsonValue& document) {
    HG_TRY(const JsonArray* const groups, document.array_member("groups"));
    JsonArray results;
    for (const JsonValue& group : *groups) {
        HG_TRY(const JsonArray* const tests, group.array_member("tests"));
        const auto key = key_in(group);
        for (const JsonValue& test : *tests) {
            HG_TRY(const std::string id, test.text_member("id"));
            const auto valid =
                key ? is_valid_signature(group, test, *key) : Result<bool>(key.error());
            results.push_back(JsonObject{
                {"id", id},
                {"valid", valid.has_value() && *valid},
                {"context", valid ? std::string() : valid.error().message()}});
        }
    }
    return JsonValue(JsonObject{{"results", std::move(results)}});
}

Result<JsonValue> run(const std::vector<std::string>& arguments) {
    const std::string text{
        std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    constexpr std::uint64_t limit_bytes = 64U * 1024U * 1024U;
    HG_TRY(const JsonValue document, parse_json(text, {.text_bytes = limit_bytes}));
    const std::string suite = arguments.empty() ? std::string() : arguments[0];
    if (suite == "pkits" && arguments.size() == 2) {
        return run_pkits(document, arguments[1]);
    }
    if (suite == "signatures") {
        return run_signatures(document);
    }
    if (suite == "encodings") {
        return run_encodings(document);
    }
    return Error(
        ErrorCode::invalid_argument, "expected pkits DIR, signatures or encodings, saw another"
    );
}

}  // namespace
}  // namespace heliograph::pki

int main(int argc, char** argv) {
    const auto answer = heliograph::pki::run({argv + 1, argv + argc});
    if (!answer) {
        std::cerr << "error: " << answer.error().describe() << "\n";
        return 1;
    }
    std::cout << heliograph::render_json(*answer) << "\n";
    return 0;
}
