// SPDX-License-Identifier: Apache-2.0
// Findings in the form that code hosts and editors read. SARIF 2.1.0 (OASIS).
#pragma once

#include <pki/base/json.hpp>
#include <verify/verdict/verdict.hpp>

#include <string>

namespace heliograph::mirror {

/// One run of one tool; a rule for each id, a result for each finding.
/// @param tool  Name of the driver. @param place  URI of what was looked at.
/// @thread Safe. @cost One pass. @source SARIF 2.1.0 sections 3.13, 3.14, 3.18, 3.27.
[[nodiscard]] JsonValue sarif_of(
    const verify::Verdict& verdict, const std::string& tool, const std::string& place
);

}  // namespace heliograph::mirror
