// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/pem_list.hpp>
#include <pki/x509/revocation_fields.hpp>
#include <pki/x509/revocation_list.hpp>

namespace heliograph::pki {

struct RevocationList::Data {
    CrlHandle handle;
    Bytes der;
    std::string issuer;
    Instant this_update;
    Instant next_update;
    std::optional<std::string> number_hex;
    std::size_t size = 0;

    Outcome read();
};

Outcome RevocationList::Data::read() {
    issuer = name_text_of(X509_CRL_get_issuer(handle.get()));
    HG_TRY(this_update, instant_of(X509_CRL_get0_lastUpdate(handle.get())));
    if (X509_CRL_get0_nextUpdate(handle.get()) == nullptr) {
        return Error(
            ErrorCode::malformed, "expected a revocation list with a next update, saw one without"
        );
    }
    HG_TRY(next_update, instant_of(X509_CRL_get0_nextUpdate(handle.get())));
    HG_TRY(
        const auto number,
        decode_extension<IntegerHandle>(handle.get(), NID_crl_number, X509_CRL_get_ext_d2i)
    );
    if (number != nullptr) {
        HG_TRY(number_hex, serial_text_of(number.get()));
    }
    const int revoked = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(handle.get()));
    size = revoked > 0 ? static_cast<std::size_t>(revoked) : 0;
    return {};
}

RevocationList::RevocationList(std::shared_ptr<const Data> data) : m_data(std::move(data)) {
}

Result<RevocationList> RevocationList::parse_der(ByteSpan der) {
    if (der.size() > revocation_list_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a revocation list of at most 8 MiB, saw more");
    }
    auto data = std::make_shared<Data>();
    const unsigned char* cursor = openssl_bytes(der);
    data->handle.reset(d2i_X509_CRL(nullptr, &cursor, static_cast<long>(der.size())));
    if (data->handle == nullptr || cursor != openssl_bytes(der) + der.size() ||
        encode_der(data->handle.get(), i2d_X509_CRL) != to_bytes(der)) {
        drain_openssl_errors();
        return Error(ErrorCode::malformed, "expected a revocation list in DER, saw something else");
    }
    // What libcrypto reads and the chain check cannot would be a list that nobody looks at.
    HG_TRY(const RevocationFields fields, read_revocation_fields(der));
    constexpr std::uint32_t latest_version = 2;  // RFC 5280 section 5.1.2.1
    if (fields.version > latest_version) {
        return Error(
            ErrorCode::malformed,
            "expected a revocation list of version 1 or 2, saw version " +
                std::to_string(fields.version)
        );
    }
    data->der = to_bytes(der);
    HG_CHECK(data->read());
    return RevocationList(std::move(data));
}

Result<std::vector<RevocationList>> RevocationList::parse_pem_list(
    std::string_view pem, std::size_t max_count
) {
    const PemListRules rules{"X509 CRL", revocation_list_limit_bytes, max_count};
    return parse_list_of<RevocationList>(pem, rules, parse_der);
}

std::string RevocationList::to_pem() const {
    return render_pem("X509 CRL", m_data->der);
}
const Bytes& RevocationList::to_der() const {
    return m_data->der;
}
const std::string& RevocationList::issuer() const {
    return m_data->issuer;
}
Instant RevocationList::this_update() const {
    return m_data->this_update;
}
Instant RevocationList::next_update() const {
    return m_data->next_update;
}
const std::optional<std::string>& RevocationList::number_hex() const {
    return m_data->number_hex;
}
std::size_t RevocationList::size() const {
    return m_data->size;
}

bool RevocationList::lists(std::string_view serial_hex) const {
    const auto serial = serial_number_of(serial_hex);
    if (!serial) {
        return false;
    }
    X509_REVOKED* entry = nullptr;
    // 1: revoked; 2: on hold and released again, which a full list never says.
    return X509_CRL_get0_by_serial(m_data->handle.get(), &entry, serial->get()) == 1;
}

X509_crl_st* RevocationList::native() const {
    return m_data->handle.get();
}

}  // namespace heliograph::pki
