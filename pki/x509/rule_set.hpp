// SPDX-License-Identifier: Apache-2.0
// Whose rules a certificate is held to.
#pragma once

#include <pki/base/result.hpp>

#include <string_view>

namespace heliograph::pki {

/// `rfc5280`: path validation as the standard has it, no more. `private_authority`: also what
/// strict clients (X509_STRICT, Python from 3.13) demand, and every name and key form that we
/// issue. `webpki`: also what browsers and webpki demand of public servers.
enum class RuleSet { rfc5280, private_authority, webpki };

/// `rfc5280`, `private`, `webpki`. @errors invalid_argument for parse_rule_set. @thread Safe.
[[nodiscard]] std::string_view rule_set_name(RuleSet rules);
[[nodiscard]] Result<RuleSet> parse_rule_set(std::string_view text);

}  // namespace heliograph::pki
