// SPDX-License-Identifier: Apache-2.0
#include <pki/base/bytes.hpp>

#include <openssl/crypto.h>

namespace heliograph {

bool equal_in_constant_time(ByteSpan left, ByteSpan right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace heliograph
