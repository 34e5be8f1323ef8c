// SPDX-License-Identifier: Apache-2.0
// Private: the state of each certificate of a path by revocation lists (RFC 5280, section 6.3):
// partitioned, indirect and delta lists, and signers with certificates of their own.
#pragma once

#include <pki/x509/path_validation.hpp>

namespace heliograph::pki {

/// Looks at every certificate but the anchor. @errors crypto.
[[nodiscard]] Outcome check_revocation(const JudgedPath& judged, DefectList& defects);

}  // namespace heliograph::pki
