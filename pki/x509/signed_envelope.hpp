// SPDX-License-Identifier: Apache-2.0
// Private: what certificates, revocation lists and requests have in common, the signed part and the
// signature over it (RFC 5280, sections 4.1 and 5.1; RFC 2986, section 4.2). One reader, so that a
// form that one of them refuses is not let through by another.
#pragma once

#include <pki/x509/certificate_fields.hpp>

#include <string>
#include <string_view>

namespace heliograph::pki {

/// An algorithm and the signature made with it, as OCSP responses (RFC 6960, section 4.2.1) have
/// them, too.
struct SignatureField {
    AlgorithmField algorithm = {};
    ByteSpan octets = {};
};

/// Views into the bytes that were read.
struct SignedEnvelope {
    DerValue tbs = {};  ///< The signed part, a SEQUENCE; `tbs.whole` is what was signed.
    SignatureField signature = {};
};

/// The next two values. Every signature algorithm makes whole octets: a BIT STRING that claims
/// unused bits would give one signature two encodings, and one document two fingerprints.
/// @errors malformed.
[[nodiscard]] Result<SignatureField> read_signature(DerReader& parts);

/// SEQUENCE { signed part SEQUENCE, algorithm, BIT STRING } and nothing behind it.
/// @param what  The document, for the sentence: `a certificate`.
/// @errors malformed. @thread Safe. @cost Looks at the outermost values only.
[[nodiscard]] Result<SignedEnvelope> read_signed_envelope(ByteSpan der, std::string_view what);

/// SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7), whose bits are whole octets, too.
struct KeyField {
    AlgorithmField algorithm = {};
    ByteSpan octets = {};
    ByteSpan whole = {};
};

/// The next value. @errors malformed.
[[nodiscard]] Result<KeyField> read_key(DerReader& parts);

}  // namespace heliograph::pki
