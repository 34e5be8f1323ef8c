// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/name_rule.hpp>
#include <pki/x509/rule_set.hpp>

namespace heliograph::pki {

std::string_view rule_set_name(RuleSet rules) {
    switch (rules) {
        case RuleSet::rfc5280:
            return "rfc5280";
        case RuleSet::private_authority:
            return "private";
        case RuleSet::webpki:
            break;
    }
    return "webpki";
}

Result<RuleSet> parse_rule_set(std::string_view text) {
    for (const RuleSet rules : {RuleSet::rfc5280, RuleSet::private_authority, RuleSet::webpki}) {
        if (text == rule_set_name(rules)) {
            return rules;
        }
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected one of the profiles rfc5280, private, webpki, saw " + in_quotes(text)
    );
}

}  // namespace heliograph::pki
