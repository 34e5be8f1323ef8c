// SPDX-License-Identifier: Apache-2.0
// Reports as test results: the XML that JUnit's first runners wrote and CI servers read.
#pragma once

#include <verify/report/check_report.hpp>

#include <string>

namespace heliograph::verify {

/// One suite with one test case for each item: a `failure` for each error that was found, an
/// `error` where it could not be checked, warnings as `system-out`.
/// @return  XML 1.0 in ASCII. @thread Safe. @cost One pass.
/// @source  The schema junit-10.xsd of the Jenkins xUnit plugin, to which no standard is.
[[nodiscard]] std::string junit_of(const CheckReport& report);

}  // namespace heliograph::verify
