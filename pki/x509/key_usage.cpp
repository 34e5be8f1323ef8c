// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/key_usage.hpp>

namespace heliograph::pki {

bool permits_key_agreement(const Certificate& certificate) {
    // All bits are set when the extension is absent.
    return (X509_get_key_usage(certificate.native()) & KU_KEY_AGREEMENT) != 0;
}

}  // namespace heliograph::pki
