// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/digest.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/der_literal.hpp>
#include <pki/x509/der_writer.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/leaf_writer.hpp>
#include <pki/x509/tbs_signer.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

// Object identifiers, as DER holds them: RFC 5280 sections 4.2.1 and 4.2.2, RFC 6960 section 4.2.2.
constexpr auto oid_common_name = der_object_id_of<oid::common_name>();
constexpr auto oid_subject_key_id = der_object_id_of<oid::subject_key_id>();
constexpr auto oid_key_usage = der_object_id_of<oid::key_usage>();
constexpr auto oid_alternative_name = der_object_id_of<oid::subject_alternative_name>();
constexpr auto oid_basic_constraints = der_object_id_of<oid::basic_constraints>();
constexpr auto oid_list_points = der_object_id_of<oid::crl_distribution_points>();
constexpr auto oid_authority_key_id = der_object_id_of<oid::authority_key_id>();
constexpr auto oid_purposes = der_object_id_of<oid::extended_key_usage>();
constexpr auto oid_information = der_object_id_of<oid::authority_access>();
constexpr auto oid_ocsp_no_check = der_object_id_of<oid::ocsp_no_check>();
constexpr auto oid_by_ocsp = der_object_id_of<oid::access_by_ocsp>();
constexpr auto oid_by_issuers = der_object_id_of<oid::access_by_issuers>();
constexpr auto oid_server_auth = der_object_id_of<oid::server_auth>();
constexpr auto oid_client_auth = der_object_id_of<oid::client_auth>();
constexpr auto oid_code_signing = der_object_id_of<oid::code_signing>();
constexpr auto oid_email_protection = der_object_id_of<oid::email_protection>();
constexpr auto oid_ocsp_signing = der_object_id_of<oid::ocsp_signing>();

constexpr DerTag email_name = DerTag::context_1;
constexpr DerTag dns_name = DerTag::context_2;
constexpr DerTag uri_name = DerTag::context_6;
constexpr DerTag ip_name = DerTag::context_7;

enum class Mark { critical, plain };

struct ExtensionHead {
    ByteSpan oid;
    Mark mark = Mark::plain;
};

void extension(DerWriter& out, const ExtensionHead& head, std::invocable auto value) {
    out.nest(DerTag::sequence, [&] {
        out.element(DerTag::object_id, head.oid);
        if (head.mark == Mark::critical) {
            out.boolean_true();
        }
        out.nest(DerTag::octet_string, value);
    });
}

// A recipient's is emailProtection: of the purposes that RFC 5280 registers (section 4.2.1.12) the
// one that means content for the holder of a key, and the one that goes with keyAgreement alone.
// Without any, GnuTLS and OpenSSL take the certificate for a server's that is named by its common
// name. Mail programs do not take it either: they want a mailbox, and our intermediates are limited
// to other purposes.
void purposes(DerWriter& out, LeafKind kind) {
    extension(out, {oid_purposes}, [&] {
        out.nest(DerTag::sequence, [&] {
            const bool server = kind == LeafKind::server || kind == LeafKind::peer;
            const bool client = kind == LeafKind::client || kind == LeafKind::peer;
            if (server) {
                out.element(DerTag::object_id, oid_server_auth);
            }
            if (client) {
                out.element(DerTag::object_id, oid_client_auth);
            }
            if (kind == LeafKind::signer) {
                out.element(DerTag::object_id, oid_code_signing);
            }
            if (kind == LeafKind::ocsp) {
                out.element(DerTag::object_id, oid_ocsp_signing);
            }
            if (kind == LeafKind::recipient) {
                out.element(DerTag::object_id, oid_email_protection);
            }
        });
    });
}

void information_access(DerWriter& out, const DistributionUrls& urls) {
    if (urls.ocsp.empty() && urls.issuer.empty()) {
        return;
    }
    extension(out, {oid_information}, [&] {
        out.nest(DerTag::sequence, [&] {
            const auto access = [&out](ByteSpan method, std::string_view url) {
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

void list_points(DerWriter& out, std::string_view url) {
    if (url.empty()) {
        return;
    }
    extension(out, {oid_list_points}, [&] {
        out.nest(DerTag::sequence, [&] {
            out.nest(DerTag::sequence, [&] {
                // distributionPoint [0] { fullName [0] { URI } }
                out.nest(DerTag::context_0_constructed, [&] {
                    out.nest(DerTag::context_0_constructed, [&] { out.element(uri_name, url); });
                });
            });
        });
    });
}

void alternative_names(DerWriter& out, const LeafContent& content, const std::vector<Bytes>& ip) {
    if (content.names.dns.empty() && ip.empty() && content.names.uri.empty() &&
        content.names.email.empty()) {
        return;
    }
    // Critical if the subject is empty (RFC 5280, section 4.2.1.6).
    const Mark mark = content.names.common_name.empty() ? Mark::critical : Mark::plain;
    extension(out, {oid_alternative_name, mark}, [&] {
        out.nest(DerTag::sequence, [&] {
            for (const std::string& name : content.names.dns) {
                out.element(dns_name, name);
            }
            for (const Bytes& octets : ip) {
                out.element(ip_name, octets);
            }
            for (const std::string& uri : content.names.uri) {
                out.element(uri_name, uri);
            }
            for (const std::string& address : content.names.email) {
                out.element(email_name, address);
            }
        });
    });
}

}  // namespace

Result<std::array<std::byte, 20>> key_id_of(ByteSpan spki) {
    // SEQUENCE { AlgorithmIdentifier SEQUENCE, BIT STRING }: the bits are the last element, and the
    // library says where they start.
    const unsigned char* cursor = openssl_bytes(spki);
    const OpensslHandle<X509_PUBKEY, X509_PUBKEY_free> key(
        d2i_X509_PUBKEY(nullptr, &cursor, static_cast<long>(spki.size()))
    );
    const unsigned char* bits = nullptr;
    int size = 0;
    if (key == nullptr || X509_PUBKEY_get0_param(nullptr, &bits, &size, nullptr, key.get()) != 1) {
        drain_openssl_errors();
        return Error(
            ErrorCode::malformed, "expected a SubjectPublicKeyInfo in DER, saw something else"
        );
    }
    const Sha256 digest = sha256(std::as_bytes(std::span(bits, static_cast<std::size_t>(size))));
    std::array<std::byte, 20> id{};
    std::copy_n(digest.bytes.begin(), id.size(), id.begin());
    return id;
}

struct LeafWriter::State {
    TbsSigner signer;
    Bytes issuer_name;
    Bytes issuer_key_id;

    Result<Bytes> write_tbs(const LeafContent& content) const;
};

Result<Bytes> LeafWriter::State::write_tbs(const LeafContent& content) const {
    std::vector<Bytes> ip;
    for (const std::string& address : content.names.ip) {
        HG_TRY(Bytes octets, parse_ip(address));
        ip.push_back(std::move(octets));
    }
    using KeyId = Result<std::array<std::byte, 20>>;
    HG_TRY(const auto key_id, content.key_id ? KeyId(*content.key_id) : key_id_of(content.spki));
    DerWriter out;
    out.nest(DerTag::sequence, [&] {
        constexpr std::uint8_t version_3 = 2;
        out.nest(DerTag::context_0_constructed, [&] { out.small_integer(version_3); });
        out.unsigned_integer(content.serial);
        out.raw(signer.algorithm());
        out.raw(issuer_name);
        out.nest(DerTag::sequence, [&] {
            out.time(content.validity.not_before);
            out.time(content.validity.not_after);
        });
        out.nest(DerTag::sequence, [&] {
            if (!content.names.common_name.empty()) {
                out.nest(DerTag::set, [&] {
                    out.nest(DerTag::sequence, [&] {
                        out.element(DerTag::object_id, oid_common_name);
                        out.element(DerTag::utf8_string, content.names.common_name);
                    });
                });
            }
        });
        out.raw(content.spki);
        out.nest(DerTag::context_3_constructed, [&] {
            out.nest(DerTag::sequence, [&] {
                extension(out, {oid_basic_constraints, Mark::critical}, [&] {
                    out.nest(DerTag::sequence, [] {});
                });
                extension(out, {oid_key_usage, Mark::critical}, [&] {
                    // One bit alone (RFC 5280, section 4.2.1.3), the others unused: bit 0, and
                    // bit 4, which a key of X25519 must have (RFC 8410, section 5) and which keeps
                    // one of P-256 from signing (RFC 8446, section 4.4.2.2).
                    constexpr auto digital_signature = der_hex<"0780">();
                    constexpr auto key_agreement = der_hex<"0308">();
                    if (content.kind == LeafKind::recipient) {
                        out.element(DerTag::bit_string, key_agreement);
                    } else {
                        out.element(DerTag::bit_string, digital_signature);
                    }
                });
                purposes(out, content.kind);
                alternative_names(out, content, ip);
                extension(out, {oid_subject_key_id}, [&] {
                    out.element(DerTag::octet_string, key_id);
                });
                extension(out, {oid_authority_key_id}, [&] {
                    out.nest(DerTag::sequence, [&] {
                        constexpr auto key_id_tag = static_cast<DerTag>(0x80);
                        out.element(key_id_tag, issuer_key_id);
                    });
                });
                if (content.kind == LeafKind::ocsp) {
                    extension(out, {oid_ocsp_no_check}, [&] {
                        out.element(DerTag::null, ByteSpan());
                    });
                } else {
                    list_points(out, content.urls.revocation_list);
                }
                information_access(out, content.urls);
            });
        });
    });
    return out.take();
}

LeafWriter::LeafWriter(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
LeafWriter::LeafWriter(LeafWriter&&) noexcept = default;
LeafWriter& LeafWriter::operator=(LeafWriter&&) noexcept = default;
LeafWriter::~LeafWriter() = default;

Result<LeafWriter> LeafWriter::open(const IssuerView& issuer) {
    HG_TRY(TbsSigner signer, TbsSigner::open(issuer.key));
    X509* const certificate = issuer.certificate.native();
    HG_TRY(
        const OctetStringHandle id,
        decode_extension<OctetStringHandle>(
            certificate, NID_subject_key_identifier, X509_get_ext_d2i
        )
    );
    if (id == nullptr) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an issuer certificate with a subject key identifier, saw one without"
        );
    }
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(id.get()));
    return LeafWriter(std::make_unique<State>(State{
        std::move(signer),
        encode_der(X509_get_subject_name(certificate), i2d_X509_NAME),
        to_bytes(std::as_bytes(std::span(ASN1_STRING_get0_data(id.get()), size)))}));
}

Result<Bytes> LeafWriter::write(const LeafContent& content) {
    HG_TRY(const Bytes tbs, m_state->write_tbs(content));
    return m_state->signer.sign(tbs);
}

}  // namespace heliograph::pki
