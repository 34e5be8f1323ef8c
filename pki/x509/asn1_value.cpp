// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/x509/asn1_value.hpp>

#include <ctime>

namespace heliograph::pki {

namespace {

constexpr int longest_serial = 20;

std::string text_in(BIO* bio) {
    char* start = nullptr;
    const long size = BIO_get_mem_data(bio, &start);
    return size > 0 ? std::string(start, static_cast<std::size_t>(size)) : std::string();
}

BioHandle memory_bio() {
    BioHandle bio(BIO_new(BIO_s_mem()));
    HG_ASSERT(bio != nullptr);
    return bio;
}

}  // namespace

Result<Instant> instant_of(const ASN1_TIME* time) {
    namespace chrono = std::chrono;
    std::tm fields{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &fields) != 1) {
        drain_openssl_errors();
        return Error(ErrorCode::malformed, "expected a time in UTC, saw something else");
    }
    const chrono::year_month_day day(
        chrono::year(fields.tm_year + 1900),
        chrono::month(static_cast<unsigned>(fields.tm_mon + 1)),
        chrono::day(static_cast<unsigned>(fields.tm_mday))
    );
    if (!day.ok()) {
        return Error(ErrorCode::malformed, "expected a date of the calendar, saw another");
    }
    return Instant(
        chrono::sys_days(day) + chrono::hours(fields.tm_hour) + chrono::minutes(fields.tm_min) +
        chrono::seconds(fields.tm_sec)
    );
}

Result<TimeHandle> asn1_time_of(Instant instant) {
    TimeHandle time(
        ASN1_TIME_set(nullptr, static_cast<std::time_t>(instant.time_since_epoch().count()))
    );
    if (time == nullptr) {
        drain_openssl_errors();
        return Error(
            ErrorCode::invalid_argument,
            "expected an instant of the years 1950 to 9999, saw another"
        );
    }
    return time;
}

Result<std::string> serial_text_of(const ASN1_INTEGER* number) {
    const int size = number == nullptr ? 0 : ASN1_STRING_length(number);
    const bool positive = number != nullptr && ASN1_STRING_type(number) == V_ASN1_INTEGER;
    if (!positive || size < 1 || size > longest_serial) {
        return Error(
            ErrorCode::malformed, "expected a serial number of 1 to 20 octets, saw another"
        );
    }
    return encode_hex(
        std::as_bytes(std::span(ASN1_STRING_get0_data(number), static_cast<std::size_t>(size)))
    );
}

Result<IntegerHandle> serial_number_of(std::string_view hex) {
    const auto raw = decode_hex(hex);
    if (!raw || raw->empty() || raw->size() > longest_serial) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a serial number of 2 to 40 lower-case hexadecimal digits, saw another text"
        );
    }
    const BignumHandle number(BN_bin2bn(openssl_bytes(*raw), static_cast<int>(raw->size()), nullptr)
    );
    IntegerHandle serial(number == nullptr ? nullptr : BN_to_ASN1_INTEGER(number.get(), nullptr));
    if (serial == nullptr) {
        return openssl_error(ErrorCode::crypto, "make a serial number");
    }
    return serial;
}

std::string name_text_of(const X509_NAME* name) {
    const BioHandle bio = memory_bio();
    // RFC 2253 prints the last entry first, as LDAP does. Bytes above ASCII stay as they are: the
    // text is UTF-8.
    constexpr unsigned long flags =
        XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    HG_ASSERT(X509_NAME_print_ex(bio.get(), name, 0, flags) >= 0);
    return text_in(bio.get());
}

std::string common_name_of(const X509_NAME* name) {
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) {
        last = at;
    }
    if (last < 0) {
        return {};
    }
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
    const BioHandle bio = memory_bio();
    if (ASN1_STRING_print_ex(bio.get(), value, ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT) <
        0) {
        drain_openssl_errors();
        return {};
    }
    return text_in(bio.get());
}

}  // namespace heliograph::pki
