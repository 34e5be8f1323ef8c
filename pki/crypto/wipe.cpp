// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/wipe.hpp>

#include <openssl/crypto.h>

namespace heliograph::pki {

void wipe(std::span<std::byte> secret) {
    if (!secret.empty()) {
        OPENSSL_cleanse(secret.data(), secret.size());
    }
}

}  // namespace heliograph::pki
