// SPDX-License-Identifier: Apache-2.0
// Private: the sentences about defects of chains.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/x509/chain.hpp>

namespace heliograph::pki {

/// The rule that a defect breaks.
struct DefectRule {
    ChainDefectCode code;
    std::string_view id;
    std::string_view clause;
};

/// Its subject, else its first name, else its serial number: for people.
[[nodiscard]] std::string display_name(const Certificate& certificate);

/// @param seen  What the certificate has instead; its name is put before it.
[[nodiscard]] ChainDefect make_defect(
    const DefectRule& rule,
    const Certificate& certificate,
    std::string expected,
    const std::string& seen
);

/// A certificate that is judged outside of its time.
[[nodiscard]] ChainDefect make_expired_defect(const Certificate& certificate, Instant at);
[[nodiscard]] ChainDefect make_early_defect(const Certificate& certificate, Instant at);

}  // namespace heliograph::pki
