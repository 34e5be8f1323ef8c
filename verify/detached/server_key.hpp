// SPDX-License-Identifier: Apache-2.0
// The documents /serverkey.crt and /serverkey.crl: who may have signed a page. PEP 381 with
// certificates in place of a bare key.
#pragma once

#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/revocation_list.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

/// The certificates of /serverkey.crt, sorted into candidates and helpers. Nothing of this is
/// trusted yet.
struct ServerKeyEvidence {
    std::vector<pki::Certificate>
        signers;  ///< Certificates that are no CA, in the order of the text; 1 to 4.
    std::vector<pki::Certificate> intermediates;  ///< CA certificates, in the order of the text.
};

/// Reads /serverkey.crt.
/// @param pem  At most limits::server_key_bytes, limits::chain_certificates certificates,
/// limits::signer_certificates signers.
/// @errors malformed (also: no signer certificate), too_large, unsupported (a kind of key that the
/// policy does not know, or a signer's that cannot sign).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<ServerKeyEvidence> parse_server_key(std::string_view pem);

/// Writes /serverkey.crt: signers, then intermediates.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::string render_server_key(const ServerKeyEvidence& evidence);

/// The name of a signer's key beside a signature: SHA-256 of its SubjectPublicKeyInfo, in DER.
/// `openssl pkey -pubin -in serverkey -outform DER | sha256sum` says the same.
/// @thread Safe. @cost One digest.
[[nodiscard]] pki::Sha256 key_id(const pki::PublicKey& key);

/// Reads /serverkey.crl.
/// @param pem  At most limits::revocation_bytes and pki::chain_revocation_list_limit lists: one for
/// each authority of the chain, and those of authorities before them.
/// @errors malformed (also: no list at all), too_large.
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<std::vector<pki::RevocationList>> parse_server_revocation(std::string_view pem
);

}  // namespace heliograph::verify
