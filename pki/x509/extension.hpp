// SPDX-License-Identifier: Apache-2.0
// Private: writes the extensions of certificates, each from plain values, in DER.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/der_literal.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/der_writer.hpp>
#include <pki/x509/leaf_names.hpp>
#include <pki/x509/profile.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace heliograph::pki {

/// Object identifiers that several writers use, as DER holds them without tag and length.
namespace oid_der {
inline constexpr auto name_constraints = der_object_id_of<oid::name_constraints>();
inline constexpr auto server_auth = der_object_id_of<oid::server_auth>();
inline constexpr auto client_auth = der_object_id_of<oid::client_auth>();
inline constexpr auto code_signing = der_object_id_of<oid::code_signing>();
inline constexpr auto email_protection = der_object_id_of<oid::email_protection>();
}  // namespace oid_der

enum class Mark { critical, plain };

struct ExtensionHead {
    ByteSpan oid;  ///< As DER holds it, without tag and length.
    Mark mark = Mark::plain;
};

/// One extension whose value @p value writes.
void write_extension(DerWriter& out, const ExtensionHead& head, std::invocable auto value) {
    out.nest(DerTag::sequence, [&] {
        out.element(DerTag::object_id, head.oid);
        if (head.mark == Mark::critical) {
            out.boolean_true();
        }
        out.nest(DerTag::octet_string, value);
    });
}

/// basicConstraints, always critical: of an end certificate, or of an authority.
/// @param path_length  None for no limit.
void write_leaf_constraints(DerWriter& out);
void write_authority_constraints(DerWriter& out, std::optional<std::uint8_t> path_length);

/// keyUsage, always critical. @param bits  Content of the BIT STRING: unused bits, then the octet.
void write_key_usage(DerWriter& out, ByteSpan bits);

/// extKeyUsage by object identifiers, never critical.
void write_purposes(DerWriter& out, std::span<const ByteSpan> purposes);

/// The left 160 bits of a SHA-256.
using KeyId = std::array<std::byte, 20>;

/// That of the bits of the key in a SubjectPublicKeyInfo. @errors malformed.
/// @source RFC 7093 section 2, method 1.
[[nodiscard]] Result<KeyId> key_id_of(ByteSpan spki);

/// subjectKeyIdentifier and authorityKeyIdentifier.
void write_key_ids(DerWriter& out, ByteSpan own, ByteSpan issuer);

/// subjectAltName; nothing is written without names.
/// @param ip  The addresses among @p names, 4 or 16 octets each.
void write_alternative_names(
    DerWriter& out, const LeafNames& names, const std::vector<Bytes>& ip, Mark mark
);

/// The whole extension nameConstraints, critical; no bytes without constraints.
/// @errors invalid_argument (range).
[[nodiscard]] Result<Bytes> encode_name_constraints(const NameConstraints& constraints);

/// cRLDistributionPoints and authorityInfoAccess, as far as there are URLs for them.
void write_list_points(DerWriter& out, const DistributionUrls& urls);
void write_authority_access(DerWriter& out, const DistributionUrls& urls);

}  // namespace heliograph::pki
