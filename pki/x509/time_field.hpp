// SPDX-License-Identifier: Apache-2.0
// Private: times of certificates and lists, as the standard has them or as they come.
#pragma once

#include <pki/x509/der_reader.hpp>
#include <pki/x509/reading_mode.hpp>

namespace heliograph::pki {

struct TimeField {
    Instant at = {};
    std::uint8_t tag = 0;
    std::string odd_text = {};  ///< As it was written, if not in the standard's form.
};

/// @param mode  For lint: seconds may be missing, fractions are left out, and any time zone is
/// reckoned with. @errors malformed. @thread Safe. @source RFC 5280 section 4.1.2.5; X.680,
/// sections 46 and 47, for what other forms mean.
[[nodiscard]] Result<TimeField> read_time(const DerValue& value, ReadingMode mode);

}  // namespace heliograph::pki
