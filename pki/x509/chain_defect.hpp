// SPDX-License-Identifier: Apache-2.0
// Private: from the library's verification codes to ours, and the sentences people read.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/x509/chain.hpp>

namespace heliograph::pki {

/// @param library_code  X509_V_ERR_...
[[nodiscard]] ChainDefectCode chain_defect_code(int library_code);

/// One certificate judged at one instant: what a sentence speaks about. The certificate may be
/// unknown.
struct DefectPlace {
    const Certificate* certificate;
    Instant at;
};

/// @param library_code  X509_V_ERR_..., for the reason in the library's words.
[[nodiscard]] ChainDefect make_chain_defect(int library_code, const DefectPlace& place);

/// A wrong-purpose defect in our own words.
[[nodiscard]] ChainDefect make_purpose_defect(
    const Certificate& certificate, std::string_view seen
);

}  // namespace heliograph::pki
