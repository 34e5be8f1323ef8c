// SPDX-License-Identifier: Apache-2.0
// A key with its chain in one file under a passphrase (PKCS #12, RFC 7292): what browsers, mail
// programs, Java and Windows import.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/x509/credential.hpp>

#include <string>

namespace heliograph::pki {

/// Key and certificates are encrypted with AES-256-CBC under PBKDF2 with HMAC-SHA-256, and the
/// whole is authenticated with HMAC-SHA-256; 200,000 rounds each. Nothing older is written, so
/// programs that know RC2 and triple DES only refuse the file.
/// @param credential  The intermediates may hold a root, too; all are put in, in their order.
/// @param name        What the importing program shows: 1 to 64 characters.
/// @param passphrase  1 to passphrase_limit_bytes visible ASCII characters and blanks: programs
///                    disagree on the bytes of all others.
/// @return  DER of PFX. @errors invalid_argument (name, passphrase), crypto. @thread Safe.
/// @cost About 0.3 s, by intent. @source RFC 7292; RFC 8018 section 6.2.
[[nodiscard]] Result<Bytes> make_pkcs12(
    const Credential& credential, const std::string& name, const SecretBytes& passphrase
);

}  // namespace heliograph::pki
