// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/certificate_data.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/pem_list.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

Error malformed(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

// IA5String that is printed, compared and matched later: printable ASCII without blanks, so no NUL
// and no look-alike.
Result<std::string> name_in(const ASN1_STRING* value) {
    const auto* const start = ASN1_STRING_get0_data(value);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
    const std::string text(reinterpret_cast<const char*>(start), size);
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (text.empty() || !printable) {
        return malformed(
            "expected printable ASCII in the subject alternative names, saw other bytes"
        );
    }
    return text;
}

ExtendedKeyUsage usage_of(const ASN1_OBJECT* object) {
    switch (OBJ_obj2nid(object)) {
        case NID_server_auth:
            return ExtendedKeyUsage::server_auth;
        case NID_client_auth:
            return ExtendedKeyUsage::client_auth;
        case NID_code_sign:
            return ExtendedKeyUsage::code_signing;
        case NID_OCSP_sign:
            return ExtendedKeyUsage::ocsp_signing;
        case NID_anyExtendedKeyUsage:
            return ExtendedKeyUsage::any;
        default:
            return ExtendedKeyUsage::other;
    }
}

}  // namespace

std::string_view extended_key_usage_name(ExtendedKeyUsage usage) {
    switch (usage) {
        case ExtendedKeyUsage::server_auth:
            return "serverAuth";
        case ExtendedKeyUsage::client_auth:
            return "clientAuth";
        case ExtendedKeyUsage::code_signing:
            return "codeSigning";
        case ExtendedKeyUsage::ocsp_signing:
            return "OCSPSigning";
        case ExtendedKeyUsage::any:
            return "anyExtendedKeyUsage";
        case ExtendedKeyUsage::other:
            break;
    }
    return "other";
}

Outcome Certificate::Data::read_names() {
    subject = name_text_of(X509_get_subject_name(handle.get()));
    issuer = name_text_of(X509_get_issuer_name(handle.get()));
    common_name = common_name_of(X509_get_subject_name(handle.get()));
    is_self_issued =
        X509_NAME_cmp(X509_get_subject_name(handle.get()), X509_get_issuer_name(handle.get())) == 0;
    HG_TRY(serial_hex, serial_text_of(X509_get0_serialNumber(handle.get())));
    return {};
}

Outcome Certificate::Data::read_validity() {
    HG_TRY(not_before, instant_of(X509_get0_notBefore(handle.get())));
    HG_TRY(not_after, instant_of(X509_get0_notAfter(handle.get())));
    return {};
}

Outcome Certificate::Data::read_extensions() {
    // Fills the library's cache now, under its lock, so that later questions from several threads
    // only read.
    if ((X509_get_extension_flags(handle.get()) & EXFLAG_INVALID) != 0) {
        drain_openssl_errors();
        return malformed("expected well-formed certificate extensions, saw some that are not");
    }
    HG_TRY(
        const auto basic,
        decode_extension<BasicConstraintsHandle>(
            handle.get(), NID_basic_constraints, X509_get_ext_d2i
        )
    );
    is_ca = basic != nullptr && basic->ca != 0;
    HG_TRY(
        const auto purposes,
        decode_extension<UsageStackHandle>(handle.get(), NID_ext_key_usage, X509_get_ext_d2i)
    );
    for (int i = 0; purposes != nullptr && i < sk_ASN1_OBJECT_num(purposes.get()); ++i) {
        usages.push_back(usage_of(sk_ASN1_OBJECT_value(purposes.get(), i)));
    }
    return read_alternative_names();
}

Outcome Certificate::Data::read_alternative_names() {
    HG_TRY(
        const auto names,
        decode_extension<GeneralNamesHandle>(handle.get(), NID_subject_alt_name, X509_get_ext_d2i)
    );
    for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const auto* const value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type)
        );
        if (type == GEN_DNS || type == GEN_URI) {
            HG_TRY(std::string text, name_in(value));
            (type == GEN_DNS ? dns_names : uris).push_back(std::move(text));
        } else if (type == GEN_EMAIL) {
            HG_TRY(std::string text, name_in(value));
            email_addresses.push_back(std::move(text));
        } else if (type == GEN_IPADD) {
            const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
            HG_TRY(
                std::string text,
                format_ip(std::as_bytes(std::span(ASN1_STRING_get0_data(value), size)))
            );
            ip_addresses.push_back(std::move(text));
        }
    }
    return {};
}

Outcome Certificate::Data::read_public_key(KeyDemand demand) {
    EVP_PKEY* const key = X509_get_pubkey(handle.get());
    Outcome policy;
    if (key == nullptr) {
        drain_openssl_errors();
        policy = Error(
            ErrorCode::unsupported,
            "expected a certificate with a known kind of key, saw " + key_algorithm()
        );
    } else {
        public_key = PublicKey::adopt(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
        policy = check_key_policy(key);
    }
    has_supported_key = policy.has_value();
    return demand == KeyDemand::any ? Outcome() : policy;
}

std::string Certificate::Data::key_algorithm() const {
    ASN1_OBJECT* algorithm = nullptr;
    const auto* const field = X509_get_X509_PUBKEY(handle.get());
    X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, field);
    std::array<char, 128> text{};
    OBJ_obj2txt(text.data(), static_cast<int>(text.size()), algorithm, 0);
    drain_openssl_errors();
    return "an unreadable key of the algorithm " + std::string(text.data());
}

Certificate::Certificate(std::shared_ptr<const Data> data) : m_data(std::move(data)) {
}

Result<Certificate> Certificate::parse_der(ByteSpan der, KeyDemand demand) {
    if (der.size() > certificate_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a certificate of at most 64 KiB, saw more");
    }
    auto data = std::make_shared<Data>();
    const unsigned char* cursor = openssl_bytes(der);
    data->handle.reset(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
    // Encoding again shows lengths and tags that are BER but not DER, which would give one
    // certificate two fingerprints.
    if (data->handle == nullptr || cursor != openssl_bytes(der) + der.size() ||
        encode_der(data->handle.get(), i2d_X509) != to_bytes(der)) {
        drain_openssl_errors();
        return malformed("expected a certificate in DER, saw something else");
    }
    data->der = to_bytes(der);
    data->fingerprint = sha256(der);
    HG_CHECK(data->read_names());
    HG_CHECK(data->read_validity());
    HG_CHECK(data->read_extensions());
    HG_CHECK(data->read_public_key(demand));
    return Certificate(std::move(data));
}

Result<std::vector<Certificate>> Certificate::parse_pem_list(
    std::string_view pem, std::size_t max_count, KeyDemand demand
) {
    constexpr std::size_t text_limit_bytes = 1024U * 1024U;
    const PemListRules rules{"CERTIFICATE", text_limit_bytes, max_count};
    return parse_list_of<Certificate>(pem, rules, [demand](ByteSpan der) {
        return parse_der(der, demand);
    });
}

Result<Certificate> Certificate::parse_pem(std::string_view pem) {
    HG_TRY(auto list, parse_pem_list(pem, 1));
    if (list.empty()) {
        return malformed("expected one PEM block CERTIFICATE, saw none");
    }
    return std::move(list.front());
}

std::string Certificate::to_pem() const {
    return render_pem("CERTIFICATE", m_data->der);
}
const Bytes& Certificate::to_der() const {
    return m_data->der;
}
const std::string& Certificate::subject_common_name() const {
    return m_data->common_name;
}
const std::string& Certificate::subject() const {
    return m_data->subject;
}
const std::string& Certificate::issuer() const {
    return m_data->issuer;
}
const std::string& Certificate::serial_hex() const {
    return m_data->serial_hex;
}
Instant Certificate::not_before() const {
    return m_data->not_before;
}
Instant Certificate::not_after() const {
    return m_data->not_after;
}
const Sha256& Certificate::fingerprint() const {
    return m_data->fingerprint;
}
bool Certificate::is_ca() const {
    return m_data->is_ca;
}
bool Certificate::is_self_issued() const {
    return m_data->is_self_issued;
}
PublicKey Certificate::public_key() const {
    HG_ASSERT(m_data->public_key.has_value());
    return *m_data->public_key;
}
const std::optional<PublicKey>& Certificate::key_if_readable() const {
    return m_data->public_key;
}
bool Certificate::has_supported_key() const {
    return m_data->has_supported_key;
}
std::string Certificate::key_description() const {
    return m_data->public_key ? m_data->public_key->description() : m_data->key_algorithm();
}
const std::vector<std::string>& Certificate::dns_names() const {
    return m_data->dns_names;
}
const std::vector<std::string>& Certificate::ip_addresses() const {
    return m_data->ip_addresses;
}
const std::vector<std::string>& Certificate::uris() const {
    return m_data->uris;
}
const std::vector<std::string>& Certificate::email_addresses() const {
    return m_data->email_addresses;
}
const std::vector<ExtendedKeyUsage>& Certificate::extended_key_usages() const {
    return m_data->usages;
}
bool Certificate::has_extended_key_usage(ExtendedKeyUsage usage) const {
    return std::find(m_data->usages.begin(), m_data->usages.end(), usage) != m_data->usages.end();
}
x509_st* Certificate::native() const {
    std::call_once(m_data->handle_wanted, [this] {
        if (m_data->handle == nullptr) {
            const unsigned char* cursor = openssl_bytes(m_data->der);
            const auto size = static_cast<long>(m_data->der.size());
            m_data->handle.reset(d2i_X509(nullptr, &cursor, size));
            HG_ASSERT(m_data->handle != nullptr);
            // Fills the library's cache, too, so that questions from several threads only read.
            HG_ASSERT((X509_get_extension_flags(m_data->handle.get()) & EXFLAG_INVALID) == 0);
        }
    });
    return m_data->handle.get();
}

std::string render_pem_list(const std::vector<Certificate>& certificates) {
    std::string pem;
    for (const Certificate& certificate : certificates) {
        pem += certificate.to_pem();
    }
    return pem;
}

}  // namespace heliograph::pki
