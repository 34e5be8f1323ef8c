// SPDX-License-Identifier: Apache-2.0
#include <pki/base/result.hpp>
#include <pki/crypto/process_end.hpp>

#include <openssl/crypto.h>

namespace heliograph::pki {

void skip_library_cleanup() {
    HG_ASSERT(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1);
}

}  // namespace heliograph::pki
