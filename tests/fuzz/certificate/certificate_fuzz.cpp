// SPDX-License-Identifier: Apache-2.0
// DER or PEM: a certificate that parses gives back its own bytes, and its PEM parses to the same
// certificate; our own reader alone tells the same of it.
#include <pki/x509/certificate.hpp>
#include <pki/x509/profile.hpp>

#include <cstdint>

using heliograph::ByteSpan;
using heliograph::pki::Certificate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    if (const auto certificate = Certificate::parse_der(bytes)) {
        HG_ASSERT(certificate->to_der() == heliograph::to_bytes(bytes));
        const auto again = Certificate::parse_pem(certificate->to_pem());
        HG_ASSERT(again.has_value() && *again == *certificate);
        static_cast<void>(heliograph::pki::constraints_of(*certificate).has_value());
    }
    if (const auto of_any_key = Certificate::parse_der(bytes, heliograph::pki::KeyDemand::any)) {
        HG_ASSERT(of_any_key->has_supported_key() == Certificate::parse_der(bytes).has_value());
        HG_ASSERT(!of_any_key->key_description().empty());
    }
    if (const auto reread = Certificate::reread(bytes)) {
        if (const auto certificate = Certificate::parse_der(bytes)) {
            HG_ASSERT(reread->subject() == certificate->subject());
            HG_ASSERT(reread->serial_hex() == certificate->serial_hex());
            HG_ASSERT(reread->not_after() == certificate->not_after());
            HG_ASSERT(reread->is_ca() == certificate->is_ca());
            HG_ASSERT(reread->dns_names() == certificate->dns_names());
            HG_ASSERT(reread->uris() == certificate->uris());
            HG_ASSERT(reread->ip_addresses() == certificate->ip_addresses());
        }
    }
    if (const auto list = Certificate::parse_pem_list(heliograph::text_of(bytes), 4)) {
        HG_ASSERT(list->size() <= 4);
        const auto again =
            Certificate::parse_pem_list(heliograph::pki::render_pem_list(*list), list->size());
        HG_ASSERT(again.has_value() && *again == *list);
    }
    return 0;
}
