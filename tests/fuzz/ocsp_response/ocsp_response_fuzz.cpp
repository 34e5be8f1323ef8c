// SPDX-License-Identifier: Apache-2.0
// Nobody but the issuer makes a response that is accepted, and lint reads what the judgement reads.
#include <pki/lint/lint.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/ocsp/response_check.hpp>
#include <pki/x509/profile.hpp>

#include <algorithm>
#include <cstdint>

namespace {

using heliograph::ByteSpan;
using heliograph::Instant;
namespace pki = heliograph::pki;

struct House {
    pki::PrivateKey key = pki::PrivateKey::generate().value();
    pki::Certificate root = pki::make_root(
                                {.common_name = "Fuzz Root",
                                 .organization = "Fuzz",
                                 .constraints = {},
                                 .validity = {Instant(), Instant(std::chrono::days(36'500))}},
                                key
    )
                                .value();
    std::vector<pki::Certificate> path{root, root};
    heliograph::Bytes good = pki::make_ocsp_response(
                                 root.serial_hex(),
                                 {pki::OcspState::good},
                                 {root, root, key},
                                 {Instant(), Instant(std::chrono::days(2)), Instant()}
    )
                                 .value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const House house;
    const Instant at(std::chrono::days(1));
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    const auto report = pki::check_ocsp_response(bytes, {house.path, at});
    HG_ASSERT(report.has_value() && !report->accepted());
    const bool malformed = report->has(pki::OcspDefectCode::malformed);
    const auto lint = pki::lint_ocsp_response(bytes, pki::RuleSet::rfc5280);
    const bool lint_malformed =
        std::any_of(lint.findings.begin(), lint.findings.end(), [](const auto& finding) {
            return finding.id == "ocsp-malformed";
        });
    HG_ASSERT(!lint_malformed || malformed);
    // The input as a patch on a good response: two bytes say where, the rest replaces.
    if (size > 2) {
        heliograph::Bytes patched = house.good;
        const std::size_t place = (data[0] * 256U + data[1]) % patched.size();
        const std::size_t count = std::min(size - 2, patched.size() - place);
        std::copy_n(bytes.begin() + 2, count, patched.begin() + static_cast<std::ptrdiff_t>(place));
        const auto judged = pki::check_ocsp_response(patched, {house.path, at});
        HG_ASSERT(judged.has_value());
        HG_ASSERT(judged->accepted() == (patched == house.good));
    }
    return 0;
}
