// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/key_usage.hpp>

namespace heliograph::pki {

namespace {

// All bits are set when the extension is absent.
bool has_some_usage(const Certificate& certificate, std::uint32_t bits) {
    return (X509_get_key_usage(certificate.native()) & bits) != 0;
}

}  // namespace

bool permits_key_agreement(const Certificate& certificate) {
    return has_some_usage(certificate, KU_KEY_AGREEMENT);
}

bool permits_tls_handshakes(const Certificate& certificate) {
    return has_some_usage(
        certificate, KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT
    );
}

int security_bits_of_key(const Certificate& certificate) {
    const auto& key = certificate.key_if_readable();
    return key ? EVP_PKEY_get_security_bits(key->native()) : 0;
}

}  // namespace heliograph::pki
