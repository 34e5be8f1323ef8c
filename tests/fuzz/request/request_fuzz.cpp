// SPDX-License-Identifier: Apache-2.0
// DER or PEM: what is read has names that are printable ASCII, a key that is known, and reads the
// same a second time.
#include <pki/x509/request.hpp>

#include <algorithm>
#include <cstdint>

using heliograph::ByteSpan;
using heliograph::pki::CertificateRequest;

namespace {

void expect_sane(const CertificateRequest& request) {
    HG_ASSERT(!request.public_key().description().empty());
    for (const auto* names :
         {&request.dns_names(),
          &request.ip_addresses(),
          &request.uris(),
          &request.email_addresses()}) {
        for (const std::string& name : *names) {
            HG_ASSERT(!name.empty());
            HG_ASSERT(std::all_of(name.begin(), name.end(), [](char c) {
                return c > 0x20 && c < 0x7f;
            }));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    if (const auto request = CertificateRequest::parse_der(bytes)) {
        expect_sane(*request);
        const auto again = CertificateRequest::parse_der(bytes);
        HG_ASSERT(again.has_value() && again->public_key() == request->public_key());
        HG_ASSERT(again->dns_names() == request->dns_names());
    }
    if (const auto request = CertificateRequest::parse_pem(heliograph::text_of(bytes))) {
        expect_sane(*request);
    }
    return 0;
}
