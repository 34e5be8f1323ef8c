// SPDX-License-Identifier: Apache-2.0
// Private: certificate policies along a path (RFC 5280, section 6.1), in the form of RFC 9618: a
// graph whose levels hold each policy once, so that mappings cannot make it grow without bound.
#pragma once

#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/chain.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::pki {

/// @param path  Leaf first, without the trust anchor.
/// @return      Why the policies do not hold; nothing if they do.
[[nodiscard]] std::optional<std::string> check_policies(
    const std::vector<std::reference_wrapper<const CertificateFields>>& path,
    const PolicyInput& input
);

}  // namespace heliograph::pki
