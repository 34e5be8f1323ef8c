// SPDX-License-Identifier: Apache-2.0
// Private: what one certificate by itself must look like. Path validation refuses by these rules
// and lint tells them; there is one table, so the two cannot disagree.
#pragma once

#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/rule_set.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heliograph::pki {

/// Where a certificate stands, as bits of a mask.
namespace position {
inline constexpr unsigned leaf = 1;
inline constexpr unsigned intermediate = 2;
inline constexpr unsigned anchor = 4;
inline constexpr unsigned authority = intermediate | anchor;
inline constexpr unsigned below = leaf | intermediate;
inline constexpr unsigned every = leaf | authority;
}  // namespace position

/// Which sets a rule belongs to, as bits of a mask.
namespace rules_of {
inline constexpr unsigned all = 7;     ///< RFC 5280 refuses it already.
inline constexpr unsigned strict = 6;  ///< Strict clients do.
inline constexpr unsigned closed = 2;  ///< The private set alone.
inline constexpr unsigned webpki = 4;  ///< The public web alone.
inline constexpr unsigned none = 0;    ///< Lint alone.
}  // namespace rules_of

[[nodiscard]] constexpr unsigned rule_set_bit(RuleSet rules) {
    return 1U << static_cast<unsigned>(rules);
}

/// One certificate in its place.
struct ShapeSubject {
    const CertificateFields& fields;
    unsigned where;  ///< One bit of position.
};

struct ShapeRule {
    std::string_view id;
    std::string_view clause;
    ChainDefectCode code;
    unsigned refused_by;  ///< Mask of rules_of.
    unsigned where;       ///< Mask of position.
    std::string_view expected;
    /// What is wrong, in words; nothing if the rule holds.
    std::optional<std::string> (*broken)(const ShapeSubject& subject);
};

/// All rules by which path validation refuses. @thread Safe.
[[nodiscard]] const std::vector<ShapeRule>& shape_rules();

/// The parts of the table, one a file.
[[nodiscard]] std::span<const ShapeRule> field_shape_rules();
[[nodiscard]] std::span<const ShapeRule> key_shape_rules();
[[nodiscard]] std::span<const ShapeRule> extension_shape_rules();
[[nodiscard]] std::span<const ShapeRule> name_shape_rules();

/// By itself: an authority that issued itself is an anchor, another one an intermediate.
[[nodiscard]] unsigned natural_position(const CertificateFields& fields);

/// What the key field says, without the cryptographic library.
struct KeyFacts {
    enum class Kind { rsa, ec, ed25519, x25519, other };
    Kind kind = Kind::other;
    unsigned bits = 0;           ///< RSA modulus.
    std::string curve = {};      ///< Object id; empty for explicit parameters.
    std::uint64_t exponent = 0;  ///< RSA; the lowest 64 bits.
    bool is_well_formed = true;
};
[[nodiscard]] KeyFacts key_facts(const CertificateFields& fields);

}  // namespace heliograph::pki
