// SPDX-License-Identifier: Apache-2.0
// The detached signature of a project page: one rule for who makes it and who checks it. PEP 381,
// "Mirror Authenticity", with the schemes of pki/crypto/signer.hpp (ECDSA over SHA-256 by default)
// in place of DSA over SHA-1.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest_signer.hpp>
#include <pki/crypto/key.hpp>
#include <pki/crypto/signature_check.hpp>
#include <verify/verdict/verdict.hpp>

#include <string>

namespace heliograph::verify {

/// Signs the exact bytes of one page, as they will be served.
/// @param page  1 .. limits::page_bytes.
/// @return      The signature; `openssl dgst -sha256 -verify` agrees with it (signer.hpp).
/// @errors invalid_argument (empty), too_large, unsupported (a key that cannot sign pages), crypto.
/// @thread Safe. @cost One pass.
/// @source PEP 381; RFC 3279 section 2.2.3.
[[nodiscard]] Result<Bytes> sign_page(const pki::PrivateKey& key, ByteSpan page);

/// A page with its digest at hand, so that it is not hashed again.
struct HashedPage {
    ByteSpan bytes;
    pki::Sha256 digest;  ///< Of the bytes.
};

/// The same signature, with a key that was made ready.
/// @errors invalid_argument (empty), too_large, crypto. @thread That of the signer.
[[nodiscard]] Result<Bytes> sign_page(pki::DigestSigner& signer, const HashedPage& page);

/// Who signed what, for the words of a finding.
struct PageSignatureContext {
    std::string subject;  ///< `page of project wheel`.
    std::string signer;   ///< The signer certificate's subject.
    std::string source;   ///< The mirror's base URL.
};

/// Checks a detached signature over the exact bytes of one page with one key.
/// @param page  Body as served, not decoded and not rendered anew; at most limits::page_bytes.
/// @param sig   At most limits::signature_bytes; anything else is a wrong signature.
/// @return      Verdict; a wrong signature is the finding `page-signature-invalid`, never an error.
/// @errors unsupported (a key that cannot sign pages), crypto.
/// @thread Safe. @cost One pass over the page.
/// @source PEP 381, "Mirror Authenticity"; RFC 3279 section 2.2.3.
[[nodiscard]] Result<Verdict> check_page_signature(
    const pki::PublicKey& key,
    pki::SignedBytes page,
    pki::SignatureBytes sig,
    const PageSignatureContext& context
);

}  // namespace heliograph::verify
