// SPDX-License-Identifier: Apache-2.0
// Private: the next keys and certificates of an authority, made in memory alone.
#pragma once

#include <pki/authority/rollover_keys.hpp>

#include <span>
#include <vector>

namespace heliograph::pki {

/// An issuer that nobody knows yet.
struct FreshIssuer {
    IssuerRow row;
    PrivateKey key;
    std::optional<Pkcs11Address> place;  ///< Of the key, in a device; none: to be kept in a file.
    Certificate certificate;
    std::string issuer_serial;
};

/// The next generation: for a root, it and the intermediate below it.
struct Generation {
    std::vector<FreshIssuer> issuers;          ///< Root first.
    std::vector<Certificate> new_by_old = {};  ///< One for a root, else none.
    std::vector<Certificate> old_by_new = {};

    [[nodiscard]] const FreshIssuer& intermediate() const { return issuers.back(); }
};

struct GenerationInput {
    RolloverTarget target;  ///< root or intermediate.
    const IssuerSet& issuers;
    std::span<const IssuerRow> rows;  ///< Of all issuers there ever were: for the number.
    const AuthorityIdentity& identity;
    const PrivateKey& root_key;  ///< Of the active root.
    Instant now;
};

/// The new ones have the names of the old ones with the next number, and their constraints and
/// length of life; none outlives its issuer.
/// @param keys  Both for a root; for an intermediate its own.
/// @errors invalid_argument (the active root is at its end), crypto.
[[nodiscard]] Result<Generation> make_generation(const GenerationInput& input, NextKeys keys);

/// A certificate of the same names as @p old below the new intermediate, for simulations.
[[nodiscard]] Result<Certificate> make_probe(
    LeafProfile profile, const FreshIssuer& intermediate, const Certificate& root, Instant now
);

}  // namespace heliograph::pki
