// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <pki/base/encoding.hpp>
#include <pki/ocsp/ocsp_fields.hpp>
#include <pki/ocsp/request_form.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/request.hpp>
#include <pki/x509/revocation_list.hpp>
#include <tests/conformance/encodings.hpp>

namespace heliograph::pki {

namespace {

JsonArray array_of(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

template <typename Named>
JsonValue names_of(const Named& named) {
    return JsonObject{
        {"dns", array_of(named.dns_names())},
        {"ip", array_of(named.ip_addresses())},
        {"uri", array_of(named.uris())},
        {"email", array_of(named.email_addresses())}};
}

Result<JsonValue> read_certificate(ByteSpan der) {
    HG_TRY(const Certificate certificate, Certificate::parse_der(der));
    return JsonValue(JsonObject{
        {"serial", certificate.serial_hex()},
        {"not_before", format_rfc3339(certificate.not_before())},
        {"not_after", format_rfc3339(certificate.not_after())},
        {"authority", certificate.is_ca()},
        {"names", names_of(certificate)}});
}

Result<JsonValue> read_list(ByteSpan der, const JsonValue& asked) {
    HG_TRY(const RevocationList list, RevocationList::parse_der(der));
    HG_TRY(const JsonArray* const serials, asked.array_member("serials"));
    JsonArray listed;
    for (const JsonValue& serial : *serials) {
        if (serial.if_text() != nullptr && list.lists(*serial.if_text())) {
            listed.push_back(serial);
        }
    }
    const auto& number = list.number_hex();
    return JsonValue(JsonObject{
        {"number", number ? JsonValue(*number) : JsonValue()},
        {"this_update", format_rfc3339(list.this_update())},
        {"next_update", format_rfc3339(list.next_update())},
        {"serials", std::move(listed)},
        {"size", list.size()}});
}

Result<JsonValue> read_request(ByteSpan der) {
    HG_TRY(const CertificateRequest request, CertificateRequest::parse_der(der));
    return JsonValue(JsonObject{
        {"key", request.public_key().to_pem()}, {"names", names_of(request)}});
}

JsonValue answer_json(const OcspAnswerField& answer) {
    const bool revoked = answer.state == OcspState::revoked;
    std::string_view state = "good";
    if (answer.state != OcspState::good) {
        state = revoked ? "revoked" : "unknown";
    }
    return JsonObject{
        {"serial", encode_hex(answer.id.serial)},
        {"state", std::string(state)},
        {"revoked", revoked ? JsonValue(format_rfc3339(answer.revoked_at)) : JsonValue()},
        {"reason", answer.reason ? JsonValue(*answer.reason) : JsonValue()},
        {"this_update", format_rfc3339(answer.this_update)},
        {"next_update",
         answer.next_update ? JsonValue(format_rfc3339(*answer.next_update)) : JsonValue()}};
}

Result<JsonValue> read_ocsp_response(ByteSpan der) {
    HG_TRY(const OcspFields fields, read_ocsp_fields(der));
    if (fields.status != 0) {
        return JsonValue(JsonObject{{"status", fields.status}});
    }
    JsonArray answers;
    for (const OcspAnswerField& answer : fields.answers) {
        answers.push_back(answer_json(answer));
    }
    return JsonValue(JsonObject{
        {"status", 0},
        {"produced", format_rfc3339(fields.produced)},
        {"answers", std::move(answers)}});
}

Result<JsonValue> read_ocsp_request(ByteSpan der) {
    HG_CHECK(check_ocsp_request_form(der));
    return JsonValue(JsonObject{});
}

Result<JsonValue> read_case(const JsonValue& asked, std::string_view kind) {
    HG_TRY(const std::string text, asked.text_member("der"));
    HG_TRY(const Bytes der, decode_base64(text));
    if (kind == "certificate") {
        return read_certificate(der);
    }
    if (kind == "list") {
        return read_list(der, asked);
    }
    if (kind == "request") {
        return read_request(der);
    }
    if (kind == "ocsp_response") {
        return read_ocsp_response(der);
    }
    return read_ocsp_request(der);
}

}  // namespace

Result<JsonValue> run_encodings(const JsonValue& document) {
    HG_TRY(const JsonArray* const cases, document.array_member("cases"));
    JsonArray results;
    for (const JsonValue& asked : *cases) {
        HG_TRY(const std::string id, asked.text_member("id"));
        HG_TRY(const std::string kind, asked.text_member("kind"));
        const auto read = read_case(asked, kind);
        results.push_back(JsonObject{
            {"id", id},
            {"read", read ? *read : JsonValue()},
            {"context", read ? std::string() : read.error().describe()}});
    }
    return JsonValue(JsonObject{{"results", std::move(results)}});
}

}  // namespace heliograph::pki
