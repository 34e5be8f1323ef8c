// SPDX-License-Identifier: Apache-2.0
// Certificate::reread: of what our own writer wrote, our own reader alone tells.
#include <pki/base/encoding.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/certificate_data.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/ip_address.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

ExtendedKeyUsage usage_named(std::string_view purpose) {
    if (purpose == oid::server_auth) {
        return ExtendedKeyUsage::server_auth;
    }
    if (purpose == oid::client_auth) {
        return ExtendedKeyUsage::client_auth;
    }
    if (purpose == oid::code_signing) {
        return ExtendedKeyUsage::code_signing;
    }
    if (purpose == oid::ocsp_signing) {
        return ExtendedKeyUsage::ocsp_signing;
    }
    return purpose == oid::any_purpose ? ExtendedKeyUsage::any : ExtendedKeyUsage::other;
}

Result<NameHandle> library_name(const NameField& field) {
    const unsigned char* cursor = openssl_bytes(field.raw);
    NameHandle name(d2i_X509_NAME(nullptr, &cursor, static_cast<long>(field.raw.size())));
    if (name == nullptr) {
        drain_openssl_errors();
        return Error(ErrorCode::malformed, "expected a distinguished name, saw something else");
    }
    return name;
}

}  // namespace

Result<Certificate> Certificate::reread(ByteSpan der) {
    HG_TRY(const CertificateFields fields, read_certificate_fields(der));
    if (!fields.faults.empty()) {
        const FieldFault& first = fields.faults.front();
        return Error(ErrorCode::malformed, first.place + ": " + first.reason);
    }
    auto data = std::make_shared<Data>();
    data->der = to_bytes(der);
    data->fingerprint = sha256(der);
    HG_TRY(const NameHandle subject, library_name(fields.subject));
    HG_TRY(const NameHandle issuer, library_name(fields.issuer));
    data->subject = name_text_of(subject.get());
    data->issuer = name_text_of(issuer.get());
    data->common_name = common_name_of(subject.get());
    data->is_self_issued = fields.is_self_issued();
    data->serial_hex = serial_hex_of(fields);
    data->not_before = fields.not_before;
    data->not_after = fields.not_after;
    data->is_ca = fields.is_ca();
    for (const std::string& purpose : fields.purposes.value_or(std::vector<std::string>())) {
        data->usages.push_back(usage_named(purpose));
    }
    for (const GeneralNameField& name :
         fields.alternative_names.value_or(std::vector<GeneralNameField>())) {
        if (name.kind == GeneralNameKind::dns) {
            data->dns_names.push_back(name.text);
        } else if (name.kind == GeneralNameKind::uri) {
            data->uris.push_back(name.text);
        } else if (name.kind == GeneralNameKind::email) {
            data->email_addresses.push_back(name.text);
        } else if (name.kind == GeneralNameKind::ip) {
            HG_TRY(std::string address, format_ip(name.content));
            data->ip_addresses.push_back(std::move(address));
        }
    }
    HG_TRY(data->public_key, PublicKey::parse_spki(fields.spki));
    return Certificate(std::move(data));
}

}  // namespace heliograph::pki
