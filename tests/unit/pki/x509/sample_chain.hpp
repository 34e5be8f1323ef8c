// SPDX-License-Identifier: Apache-2.0
// A root, an intermediate and end certificates for tests of x509, made by the profiles under test
// and judged by the openssl command.
#pragma once

#include <pki/x509/chain.hpp>
#include <pki/x509/credential.hpp>
#include <pki/x509/profile.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::pki::test {

/// A result that a test takes for granted; ends the test program with the reason otherwise.
template <typename T>
T sure(Result<T> result) {
    if (!result.has_value()) {
        assertion_failed(result.error().describe().c_str(), __FILE__, __LINE__);
    }
    return std::move(result).value();
}

/// 2026-01-02T03:04:05Z.
inline constexpr Instant sample_now{std::chrono::seconds(1'767'323'045)};

struct SampleChain {
    explicit SampleChain(const NameConstraints& constraints = loopback_constraints())
        : root_key(sure(PrivateKey::generate())),
          intermediate_key(sure(PrivateKey::generate())),
          root(sure(make_root(
              {.common_name = "Sample Root",
               .organization = "Sample",
               .constraints = constraints,
               .validity = validity_from(sample_now, std::chrono::days(3652))},
              root_key
          ))),
          intermediate(sure(make_intermediate(
              {.common_name = "Sample Intermediate",
               .organization = "Sample",
               .constraints = constraints,
               .validity = validity_from(sample_now, std::chrono::days(1826)),
               .subject_key = intermediate_key.public_key()},
              {root, root_key}
          ))) {}

    LeafProfile profile(LeafKind kind) {
        LeafProfile wanted{
            .kind = kind,
            .common_name = kind == LeafKind::server ? "localhost" : "sample",
            .dns = {},
            .ip = {},
            .uri = {},
            .validity = validity_from(sample_now, std::chrono::days(90)),
            .subject_key = leaf_key.public_key()};
        if (kind == LeafKind::server) {
            wanted.dns = {"localhost"};
            wanted.ip = {"127.0.0.1", "::1"};
        }
        if (kind == LeafKind::client) {
            wanted.uri = {"spiffe://sample/client/sample"};
        }
        return wanted;
    }

    Result<Certificate> issue(const LeafProfile& wanted) {
        return make_leaf(wanted, {intermediate, intermediate_key}, root);
    }
    Certificate leaf(LeafKind kind) { return sure(issue(profile(kind))); }

    RevocationList list_of_root(const std::vector<RevokedEntry>& entries = {}) {
        return sure(make_revocation_list(
            {.entries = entries,
             .number = 1,
             .validity = validity_from(sample_now, std::chrono::days(30))},
            {root, root_key}
        ));
    }
    RevocationList list_of_intermediate(const std::vector<RevokedEntry>& entries = {}) {
        return sure(make_revocation_list(
            {.entries = entries,
             .number = 1,
             .validity = validity_from(sample_now, std::chrono::days(30))},
            {intermediate, intermediate_key}
        ));
    }

    /// A request that is accepted.
    ChainRequest request(LeafKind kind) {
        const ChainPurpose purpose = kind == LeafKind::server   ? ChainPurpose::server
                                     : kind == LeafKind::client ? ChainPurpose::client
                                                                : ChainPurpose::signer;
        return {
            .leaf = leaf(kind),
            .intermediates = {intermediate},
            .roots = {root},
            .revocation_lists = {list_of_root(), list_of_intermediate()},
            .purpose = purpose,
            .at = sample_now,
            .revocation = RevocationPolicy::required};
    }

    PrivateKey root_key;
    PrivateKey intermediate_key;
    PrivateKey leaf_key = sure(PrivateKey::generate());
    Certificate root;
    Certificate intermediate;
};

}  // namespace heliograph::pki::test
