// SPDX-License-Identifier: Apache-2.0
// How tests break each rule of lint, by its id.
#pragma once

#include <pki/lint/lint.hpp>
#include <tests/unit/pki/lint/der_maker.hpp>

#include <functional>
#include <map>
#include <string>

namespace heliograph::pki::test {

/// How each rule is broken.
using Spoilers = std::map<std::string, std::function<LintReport()>>;

inline std::function<LintReport()> leaf(std::function<void(CertificateParts&)> spoil) {
    return [spoil] {
        CertificateParts parts;
        spoil(parts);
        return lint_certificate(parts.der(), RuleSet::webpki);
    };
}

inline std::function<LintReport()> root(std::function<void(CertificateParts&)> spoil) {
    return [spoil] {
        CertificateParts parts = CertificateParts::root();
        spoil(parts);
        return lint_certificate(parts.der(), RuleSet::webpki);
    };
}

inline std::function<LintReport()> list(std::function<void(ListParts&)> spoil) {
    return [spoil] {
        ListParts parts;
        spoil(parts);
        return lint_revocation_list(parts.der(), RuleSet::private_authority);
    };
}

inline std::function<LintReport()> request(std::function<void(RequestParts&)> spoil) {
    return [spoil] {
        RequestParts parts;
        spoil(parts);
        return lint_request(parts.der(), RuleSet::private_authority);
    };
}

inline std::function<LintReport()> response(std::function<void(OcspParts&)> spoil) {
    return [spoil] {
        OcspParts parts;
        spoil(parts);
        return lint_ocsp_response(parts.der(), RuleSet::private_authority);
    };
}

/// The rules about form alone, policies, keys and what zlint knows beside RFC 5280.
void add_form_spoilers(Spoilers& all);

}  // namespace heliograph::pki::test
