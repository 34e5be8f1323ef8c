// SPDX-License-Identifier: Apache-2.0
// Findings in the form that code hosts and editors read. SARIF 2.1.0 (OASIS).
#pragma once

#include <pki/base/json.hpp>
#include <verify/report/check_report.hpp>

namespace heliograph::verify {

/// One run of one tool; a rule for each id, a result for each finding, at the place of its item.
/// @thread Safe. @cost One pass. @source SARIF 2.1.0 sections 3.13, 3.14, 3.18, 3.27.
[[nodiscard]] JsonValue sarif_of(const CheckReport& report);

}  // namespace heliograph::verify
