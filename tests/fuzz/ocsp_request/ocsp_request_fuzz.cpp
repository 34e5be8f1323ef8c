// SPDX-License-Identifier: Apache-2.0
// Whatever is asked, the answer is a response in DER, and the same question gets an answer of the
// same kind.
#include <pki/ocsp/responder.hpp>
#include <pki/x509/profile.hpp>

#include <cstdint>

namespace {

using heliograph::ByteSpan;
using heliograph::Instant;
using heliograph::Result;
namespace pki = heliograph::pki;

struct Issuer {
    pki::PrivateKey key = pki::PrivateKey::generate().value();
    pki::Certificate certificate =
        pki::make_root(
            {.common_name = "Fuzz Root",
             .organization = "Fuzz",
             .constraints = {},
             .validity = {Instant(), Instant(std::chrono::days(36'500))}},
            key
        )
            .value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Issuer issuer;
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    const pki::OcspSigner signer{issuer.certificate, issuer.certificate, issuer.key};
    const pki::OcspLife life{Instant(), Instant(std::chrono::days(1)), Instant()};
    const auto answer = pki::answer_ocsp(bytes, signer, life, [](std::string_view serial) {
        HG_ASSERT(!serial.empty() && serial.size() <= 40);
        return Result<pki::OcspStatus>(pki::OcspStatus{pki::OcspState::good});
    });
    HG_ASSERT(answer.has_value());
    HG_ASSERT(answer->size() >= 5 && answer->front() == std::byte{0x30});
    return 0;
}
