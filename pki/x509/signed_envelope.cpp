// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/signed_envelope.hpp>

namespace heliograph::pki {

Result<SignatureField> read_signature(DerReader& parts) {
    SignatureField field;
    HG_TRY(const DerValue algorithm, parts.expect(der_tag::sequence, "a signature algorithm"));
    HG_TRY(field.algorithm, read_algorithm(algorithm));
    HG_TRY(const DerValue signature, parts.expect(der_tag::bit_string, "a signature"));
    HG_TRY(field.octets, der_bit_octets(signature, "a signature"));
    return field;
}

Result<SignedEnvelope> read_signed_envelope(ByteSpan der, std::string_view what) {
    HG_TRY(const DerValue whole, read_der(der, der_tag::sequence, what));
    DerReader parts(whole.content);
    SignedEnvelope envelope;
    HG_TRY(envelope.tbs, parts.expect(der_tag::sequence, std::string(what) + "'s signed part"));
    HG_TRY(envelope.signature, read_signature(parts));
    HG_CHECK(parts.finish(what));
    return envelope;
}

Result<KeyField> read_key(DerReader& parts) {
    KeyField field;
    HG_TRY(const DerValue spki, parts.expect(der_tag::sequence, "a public key"));
    field.whole = spki.whole;
    DerReader inside(spki.content);
    HG_TRY(const DerValue algorithm, inside.expect(der_tag::sequence, "a key's algorithm"));
    HG_TRY(field.algorithm, read_algorithm(algorithm));
    HG_TRY(const DerValue key, inside.expect(der_tag::bit_string, "a key's bits"));
    HG_TRY(field.octets, der_bit_octets(key, "a key"));
    HG_CHECK(inside.finish("a public key"));
    return field;
}

}  // namespace heliograph::pki
