// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/ocsp/response_writer.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/tbs_signer.hpp>

#include <optional>

namespace heliograph::pki {

namespace {

// CRLReason (RFC 5280, section 5.3.1); none for what is said by leaving it out.
std::optional<std::uint8_t> reason_code(RevocationReason reason) {
    switch (reason) {
        case RevocationReason::key_compromise:
            return 1;
        case RevocationReason::affiliation_changed:
            return 3;
        case RevocationReason::superseded:
            return 4;
        case RevocationReason::cessation_of_operation:
            return 5;
        case RevocationReason::privilege_withdrawn:
            return 9;
        case RevocationReason::unspecified:
            break;
    }
    return std::nullopt;
}

Outcome check_time(Instant instant) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(instant));
    if (date.year() >= std::chrono::year(0) && date.year() <= std::chrono::year(9999)) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument, "expected an instant of the years 0 to 9999, saw another"
    );
}

constexpr auto good_status = static_cast<DerTag>(0x80);
constexpr auto revoked_status = static_cast<DerTag>(0xa1);
constexpr auto unknown_status = static_cast<DerTag>(0x82);

void write_state(DerWriter& out, const OcspStatus& status) {
    if (status.state != OcspState::revoked) {
        const bool good = status.state == OcspState::good;
        out.element(good ? good_status : unknown_status, ByteSpan());
        return;
    }
    out.nest(revoked_status, [&] {
        out.generalized_time(status.revoked_at);
        if (const auto code = reason_code(status.reason)) {
            const std::byte octet{*code};
            out.nest(DerTag::context_0_constructed, [&] {
                out.element(DerTag::enumerated, ByteSpan(&octet, 1));
            });
        }
    });
}

// ResponseData, whose responder is named by its key. @param extension  In DER, or nothing.
Result<Bytes> write_response_data(
    const OcspSigner& signer, Instant produced_at, const DerWriter& answers, ByteSpan extension
) {
    HG_CHECK(check_time(produced_at));
    HG_TRY(const CertificateFields fields, read_certificate_fields(signer.certificate.to_der()));
    DerWriter out;
    out.nest(DerTag::sequence, [&] {
        out.nest(static_cast<DerTag>(0xa2), [&] {
            out.element(DerTag::octet_string, ocsp_digest(fields.key, EVP_sha1()));
        });
        out.generalized_time(produced_at);
        out.nest(DerTag::sequence, [&] { out.raw(answers.bytes()); });
        if (!extension.empty()) {
            out.nest(static_cast<DerTag>(0xa1), [&] {
                out.nest(DerTag::sequence, [&] { out.raw(extension); });
            });
        }
    });
    return out.take();
}

struct SignatureOf {
    ByteSpan algorithm;
    ByteSpan octets;
};

// BasicOCSPResponse.
Bytes write_basic_response(const OcspSigner& signer, ByteSpan data, const SignatureOf& made) {
    DerWriter out(data.size() + signer.certificate.to_der().size() + 256);
    out.nest(DerTag::sequence, [&] {
        out.raw(data);
        out.raw(made.algorithm);
        out.bits(made.octets);
        if (!(signer.certificate == signer.issuer)) {
            out.nest(DerTag::context_0_constructed, [&] {
                out.nest(DerTag::sequence, [&] { out.raw(signer.certificate.to_der()); });
            });
        }
    });
    return out.take();
}

}  // namespace

Bytes ocsp_digest(ByteSpan bytes, const EVP_MD* digest) {
    Bytes made(static_cast<std::size_t>(EVP_MD_get_size(digest)));
    auto* const target = reinterpret_cast<unsigned char*>(made.data());
    HG_ASSERT(EVP_Digest(bytes.data(), bytes.size(), target, nullptr, digest, nullptr) == 1);
    return made;
}

Outcome write_answer(DerWriter& out, ByteSpan id, const OcspStatus& status, const OcspLife& life) {
    HG_CHECK(check_time(life.this_update));
    HG_CHECK(check_time(life.next_update));
    HG_CHECK(check_time(status.revoked_at));
    out.nest(DerTag::sequence, [&] {
        out.raw(id);
        write_state(out, status);
        out.generalized_time(life.this_update);
        out.nest(DerTag::context_0_constructed, [&] { out.generalized_time(life.next_update); });
    });
    return {};
}

Result<Bytes> sign_response(
    const OcspSigner& signer, Instant produced_at, const DerWriter& answers, ByteSpan extension
) {
    if (!signer.key.belongs_to(signer.certificate.public_key())) {
        return Error(
            ErrorCode::crypto, "could not sign an OCSP response: the key is not the responder's"
        );
    }
    HG_TRY(const Bytes data, write_response_data(signer, produced_at, answers, extension));
    HG_TRY(TbsSigner hand, TbsSigner::open(signer.key));
    HG_TRY(const Bytes signature, hand.signature(data));
    const Bytes basic = write_basic_response(signer, data, {hand.algorithm(), signature});
    DerWriter out(basic.size() + 64);
    out.nest(DerTag::sequence, [&] {
        constexpr auto successful = der_hex<"00">();
        out.element(DerTag::enumerated, successful);
        out.nest(DerTag::context_0_constructed, [&] {
            out.nest(DerTag::sequence, [&] {
                constexpr auto basic_type = der_hex<"2b0601050507300101">();
                out.element(DerTag::object_id, basic_type);
                out.element(DerTag::octet_string, basic);
            });
        });
    });
    return out.take();
}

}  // namespace heliograph::pki
