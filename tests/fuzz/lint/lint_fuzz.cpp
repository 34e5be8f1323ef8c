// SPDX-License-Identifier: Apache-2.0
// Any bytes as each kind of document: lint ends, what it says can be printed, and it lets nothing
// pass that strict reading refuses.
#include <pki/lint/lint.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/revocation_fields.hpp>

#include <algorithm>
#include <cstdint>

// Of C linkage, so the folder of its name does not matter.
namespace heliograph::pki {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    for (const auto lint :
         {lint_certificate, lint_revocation_list, lint_request, lint_ocsp_response}) {
        const LintReport report = lint(bytes, RuleSet::webpki);
        for (const LintFinding& finding : report.findings) {
            const std::string text = finding.sentence();
            HG_ASSERT(std::all_of(text.begin(), text.end(), [](char c) {
                return c >= ' ' && c <= '~';
            }));
        }
    }
    // What whoever trusts documents refuses to read is an error, whatever lint has rules for.
    constexpr RuleSet rules = RuleSet::private_authority;
    HG_ASSERT(
        read_certificate_fields(bytes).has_value() || !lint_certificate(bytes, rules).accepted()
    );
    HG_ASSERT(
        read_revocation_fields(bytes).has_value() || !lint_revocation_list(bytes, rules).accepted()
    );
    return 0;
}

}  // namespace heliograph::pki
