// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/extension.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/signed_envelope.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

// Object identifiers, as DER holds them: RFC 5280 sections 4.2.1 and 4.2.2.
constexpr auto oid_subject_key_id = der_object_id_of<oid::subject_key_id>();
constexpr auto oid_key_usage = der_object_id_of<oid::key_usage>();
constexpr auto oid_alternative_name = der_object_id_of<oid::subject_alternative_name>();
constexpr auto oid_basic_constraints = der_object_id_of<oid::basic_constraints>();
constexpr auto oid_list_points = der_object_id_of<oid::crl_distribution_points>();
constexpr auto oid_authority_key_id = der_object_id_of<oid::authority_key_id>();
constexpr auto oid_purposes = der_object_id_of<oid::extended_key_usage>();
constexpr auto oid_information = der_object_id_of<oid::authority_access>();
constexpr auto oid_by_ocsp = der_object_id_of<oid::access_by_ocsp>();
constexpr auto oid_by_issuers = der_object_id_of<oid::access_by_issuers>();

// GeneralName (RFC 5280, section 4.2.1.6).
constexpr DerTag email_name = DerTag::context_1;
constexpr DerTag dns_name = DerTag::context_2;
constexpr DerTag uri_name = DerTag::context_6;
constexpr DerTag ip_name = DerTag::context_7;

}  // namespace

void write_leaf_constraints(DerWriter& out) {
    write_extension(out, {oid_basic_constraints, Mark::critical}, [&] {
        out.nest(DerTag::sequence, [] {});
    });
}

void write_authority_constraints(DerWriter& out, std::optional<std::uint8_t> path_length) {
    write_extension(out, {oid_basic_constraints, Mark::critical}, [&] {
        out.nest(DerTag::sequence, [&] {
            out.boolean_true();
            if (path_length) {
                out.small_integer(*path_length);
            }
        });
    });
}

void write_key_usage(DerWriter& out, ByteSpan bits) {
    write_extension(out, {oid_key_usage, Mark::critical}, [&] {
        out.element(DerTag::bit_string, bits);
    });
}

void write_purposes(DerWriter& out, std::span<const ByteSpan> purposes) {
    write_extension(out, {oid_purposes}, [&] {
        out.nest(DerTag::sequence, [&] {
            for (const ByteSpan purpose : purposes) {
                out.element(DerTag::object_id, purpose);
            }
        });
    });
}

Result<KeyId> key_id_of(ByteSpan spki) {
    DerReader reader(spki);
    HG_TRY(const KeyField key, read_key(reader));
    HG_CHECK(reader.finish("a public key"));
    const Sha256 digest = sha256(key.octets);
    KeyId id{};
    std::copy_n(digest.bytes.begin(), id.size(), id.begin());
    return id;
}

void write_key_ids(DerWriter& out, ByteSpan own, ByteSpan issuer) {
    write_extension(out, {oid_subject_key_id}, [&] { out.element(DerTag::octet_string, own); });
    write_extension(out, {oid_authority_key_id}, [&] {
        out.nest(DerTag::sequence, [&] {
            constexpr auto key_id_tag = static_cast<DerTag>(0x80);
            out.element(key_id_tag, issuer);
        });
    });
}

void write_alternative_names(
    DerWriter& out, const LeafNames& names, const std::vector<Bytes>& ip, Mark mark
) {
    if (names.dns.empty() && ip.empty() && names.uri.empty() && names.email.empty()) {
        return;
    }
    write_extension(out, {oid_alternative_name, mark}, [&] {
        out.nest(DerTag::sequence, [&] {
            for (const std::string& name : names.dns) {
                out.element(dns_name, name);
            }
            for (const Bytes& octets : ip) {
                out.element(ip_name, octets);
            }
            for (const std::string& uri : names.uri) {
                out.element(uri_name, uri);
            }
            for (const std::string& address : names.email) {
                out.element(email_name, address);
            }
        });
    });
}

Result<Bytes> encode_name_constraints(const NameConstraints& constraints) {
    if (constraints.empty()) {
        return Bytes();
    }
    std::vector<Bytes> ranges;
    for (const std::string& range : constraints.ip_ranges) {
        HG_TRY(Bytes octets, parse_ip_range(range));
        ranges.push_back(std::move(octets));
    }
    DerWriter out;
    write_extension(out, {oid_der::name_constraints, Mark::critical}, [&] {
        out.nest(DerTag::sequence, [&] {
            // permittedSubtrees [0]
            out.nest(DerTag::context_0_constructed, [&] {
                const auto permit = [&out](DerTag kind, ByteSpan content) {
                    out.nest(DerTag::sequence, [&] { out.element(kind, content); });
                };
                for (const std::string& name : constraints.dns) {
                    permit(dns_name, bytes_of(name));
                }
                for (const Bytes& octets : ranges) {
                    permit(ip_name, octets);
                }
                for (const std::string& host : constraints.uri) {
                    permit(uri_name, bytes_of(host));
                }
                for (const std::string& mailboxes : constraints.email) {
                    permit(email_name, bytes_of(mailboxes));
                }
            });
        });
    });
    return out.take();
}

void write_list_points(DerWriter& out, const DistributionUrls& urls) {
    if (urls.revocation_list.empty()) {
        return;
    }
    write_extension(out, {oid_list_points}, [&] {
        out.nest(DerTag::sequence, [&] {
            out.nest(DerTag::sequence, [&] {
                // distributionPoint [0] { fullName [0] { URI } }
                out.nest(DerTag::context_0_constructed, [&] {
                    out.nest(DerTag::context_0_constructed, [&] {
                        out.element(uri_name, urls.revocation_list);
                    });
                });
            });
        });
    });
}

void write_authority_access(DerWriter& out, const DistributionUrls& urls) {
    if (urls.ocsp.empty() && urls.issuer.empty()) {
        return;
    }
    write_extension(out, {oid_information}, [&] {
        out.nest(DerTag::sequence, [&] {
            const auto access = [&out](ByteSpan method, const std::string& url) {
                if (!url.empty()) {
                    out.nest(DerTag::sequence, [&] {
                        out.element(DerTag::object_id, method);
                        out.element(uri_name, url);
                    });
                }
            };
            access(oid_by_ocsp, urls.ocsp);
            access(oid_by_issuers, urls.issuer);
        });
    });
}

}  // namespace heliograph::pki
