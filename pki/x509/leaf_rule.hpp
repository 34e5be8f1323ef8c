// SPDX-License-Identifier: Apache-2.0
// Private: what may stand in an end certificate, and the issuance gate. Every path that signs, one
// certificate or ten thousand, goes through these three functions.
#pragma once

#include <pki/base/result.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/leaf_names.hpp>
#include <pki/x509/profile.hpp>

namespace heliograph::pki {

/// Only what the kind may hold. @errors invalid_argument.
[[nodiscard]] Result<LeafNames> check_leaf_names(const LeafProfile& profile);

/// An end after the start and not after the issuer's. @errors invalid_argument, stale as
/// check_issuer_life().
[[nodiscard]] Outcome check_life(const Validity& validity, const Certificate& issuer);

/// The chains that a finished certificate must stand in, at the instant of its making.
/// @errors invalid_argument: what a strict client would refuse, names outside the constraints in a
/// sentence of their own.
[[nodiscard]] Outcome pass_gate(
    const Certificate& leaf, LeafKind kind, const IssuerView& issuer, const Certificate& root
);

/// Whether the constraints of the authority permit each name, without building a chain: for many
/// certificates of one issuer. @errors invalid_argument.
[[nodiscard]] Outcome check_permitted(const LeafNames& names, const NameConstraints& permitted);

}  // namespace heliograph::pki
