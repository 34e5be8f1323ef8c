// SPDX-License-Identifier: Apache-2.0
// Any bytes offered as a provenance object give statements about one file each, or an error; and
// what a stranger made never speaks for a file without the certificate's own signature.
#include <verify/attest/provenance.hpp>
#include <verify/verdict/limits.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace verify = heliograph::verify;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto provenance = verify::parse_provenance(text);
    if (provenance) {
        std::size_t count = 0;
        for (const auto& bundle : provenance->bundles) {
            count += bundle.attestations.size();
        }
        HG_ASSERT(count > 0 && count <= verify::limits::attestations);
        const auto& subject = provenance->bundles.front().attestations.front().subject;
        const auto verdict = verify::check_provenance(*provenance, subject, "fuzzer");
        HG_ASSERT(!verdict || verdict->passed().size() + verdict->findings().size() == count);
    }
    return 0;
}
