// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/x509/extension.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/leaf_writer.hpp>
#include <pki/x509/tbs_signer.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

// Object identifiers, as DER holds them: RFC 5280 section 4.2.1.12, RFC 6960 section 4.2.2.
constexpr auto oid_ocsp_no_check = der_object_id_of<oid::ocsp_no_check>();
constexpr auto oid_ocsp_signing = der_object_id_of<oid::ocsp_signing>();

// A recipient's is emailProtection: of the purposes that RFC 5280 registers (section 4.2.1.12) the
// one that means content for the holder of a key, and the one that goes with keyAgreement alone.
// Without any, GnuTLS and OpenSSL take the certificate for a server's that is named by its common
// name. Mail programs take it for mail if it has a mailbox, all but OpenSSL's smimeencrypt, which
// wants keyEncipherment: a key on a curve may not have that (RFC 8813, section 3).
std::vector<ByteSpan> purposes_of(LeafKind kind) {
    switch (kind) {
        case LeafKind::server:
            return {oid_der::server_auth};
        case LeafKind::client:
            return {oid_der::client_auth};
        case LeafKind::peer:
            return {oid_der::server_auth, oid_der::client_auth};
        case LeafKind::signer:
            return {oid_der::code_signing};
        case LeafKind::ocsp:
            return {oid_ocsp_signing};
        case LeafKind::recipient:
            break;
    }
    return {oid_der::email_protection};
}

// Of any size that we take, the key is long enough for a length of two octets in front.
bool is_rsa(ByteSpan spki) {
    static constexpr auto algorithm = der_hex<"300d06092a864886f70d0101010500">();
    constexpr std::size_t header_bytes = 4;
    return spki.size() > header_bytes + algorithm.size() &&
           std::equal(algorithm.begin(), algorithm.end(), spki.begin() + header_bytes);
}

// One bit alone (RFC 5280, section 4.2.1.3), the others unused: bit 0, and bit 4, which a key of
// X25519 must have (RFC 8410, section 5) and which keeps one of P-256 from signing (RFC 8446,
// section 4.4.2.2).
//
// A server's RSA key may encipher too: NSS takes no certificate for a server's without (its
// CERT_KeyUsageAndTypeForCertUsage), though no suite of TLS 1.3 needs it.
ByteSpan key_usage_of(const LeafContent& content) {
    static constexpr auto digital_signature = der_hex<"0780">();
    static constexpr auto signature_and_encipherment = der_hex<"05a0">();
    static constexpr auto key_agreement = der_hex<"0308">();
    switch (content.kind) {
        case LeafKind::recipient:
            return key_agreement;
        case LeafKind::server:
        case LeafKind::peer:
            return is_rsa(content.spki) ? ByteSpan(signature_and_encipherment)
                                        : ByteSpan(digital_signature);
        default:
            return digital_signature;
    }
}

}  // namespace

struct LeafWriter::State {
    TbsSigner signer;
    IssuerMarks issuer;

    Result<Bytes> write_tbs(const LeafContent& content) const;
};

Result<Bytes> LeafWriter::State::write_tbs(const LeafContent& content) const {
    std::vector<Bytes> ip;
    for (const std::string& address : content.names.ip) {
        HG_TRY(Bytes octets, parse_ip(address));
        ip.push_back(std::move(octets));
    }
    HG_TRY(const KeyId key_id, key_id_of(content.spki));
    const Bytes subject = write_name({.common_name = content.names.common_name});
    DerWriter out;
    write_tbs_certificate(
        out,
        {content.serial, signer.algorithm(), issuer.name, content.validity, subject, content.spki},
        [&] {
            write_leaf_constraints(out);
            write_key_usage(out, key_usage_of(content));
            write_purposes(out, purposes_of(content.kind));
            // Critical if the subject is empty (RFC 5280, section 4.2.1.6).
            const bool unnamed = content.names.common_name.empty();
            write_alternative_names(out, content.names, ip, unnamed ? Mark::critical : Mark::plain);
            write_key_ids(out, key_id, issuer.key_id);
            if (content.kind == LeafKind::ocsp) {
                write_extension(out, {oid_ocsp_no_check}, [&] {
                    out.element(DerTag::null, ByteSpan());
                });
            } else {
                write_list_points(out, content.urls);
            }
            write_authority_access(out, content.urls);
        }
    );
    return out.take();
}

LeafWriter::LeafWriter(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
LeafWriter::LeafWriter(LeafWriter&&) noexcept = default;
LeafWriter& LeafWriter::operator=(LeafWriter&&) noexcept = default;
LeafWriter::~LeafWriter() = default;

Result<LeafWriter> LeafWriter::open(const IssuerView& issuer) {
    HG_TRY(TbsSigner signer, TbsSigner::open(issuer.key));
    HG_TRY(IssuerMarks marks, marks_of(issuer.certificate));
    return LeafWriter(std::make_unique<State>(State{std::move(signer), std::move(marks)}));
}

Result<Bytes> LeafWriter::write(const LeafContent& content) {
    HG_TRY(const Bytes tbs, m_state->write_tbs(content));
    return m_state->signer.sign(tbs);
}

}  // namespace heliograph::pki
