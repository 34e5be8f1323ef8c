// SPDX-License-Identifier: Apache-2.0
// Private: what a path may be used for.
#pragma once

#include <pki/x509/path_validation.hpp>

namespace heliograph::pki {

/// What the leaf says of the purpose that is asked for, and what the authorities above are limited
/// to. @source RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.12; CA/B Forum BR section 7.1.2.
void check_purpose(const JudgedPath& judged, DefectList& defects);

}  // namespace heliograph::pki
