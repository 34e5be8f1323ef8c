// SPDX-License-Identifier: Apache-2.0
// Private: writes the extensions of certificates and lists, each from plain values.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/profile.hpp>

#include <optional>
#include <string>
#include <vector>

namespace heliograph::pki {

enum class Critical { yes, no };

/// basicConstraints, always critical. @param path_length  Of a CA; none for no limit.
[[nodiscard]] Outcome add_ca_constraints(X509* certificate, std::optional<long> path_length);

/// keyUsage bits by their number (RFC 5280, section 4.2.1.3), always critical.
[[nodiscard]] Outcome add_key_usage(X509* certificate, const std::vector<int>& bits);

/// extKeyUsage by NID, never critical.
[[nodiscard]] Outcome add_extended_key_usage(X509* certificate, const std::vector<int>& purposes);

/// The left 160 bits of the SHA-256 of the key's bits. @source RFC 7093 section 2, method 1.
[[nodiscard]] Outcome add_subject_key_id(X509* certificate);

/// The issuer's own subject key id, as it stands in its certificate.
[[nodiscard]] Outcome add_authority_key_id(X509* certificate, X509* issuer);
[[nodiscard]] Outcome add_authority_key_id(X509_CRL* list, X509* issuer);

/// nameConstraints, critical; nothing is added without constraints.
[[nodiscard]] Outcome add_name_constraints(X509* certificate, const NameConstraints& constraints);

/// cRLDistributionPoints and authorityInfoAccess, as far as there are URLs for them.
[[nodiscard]] Outcome add_distribution_urls(X509* certificate, const DistributionUrls& urls);

}  // namespace heliograph::pki
