// SPDX-License-Identifier: Apache-2.0
// Private: ownership over libssl's handles.
#pragma once

#include <pki/crypto/openssl_handle.hpp>

#include <openssl/ssl.h>

namespace heliograph::pki {

using SslContextHandle = OpensslHandle<SSL_CTX, SSL_CTX_free>;
using SslHandle = OpensslHandle<SSL, SSL_free>;

}  // namespace heliograph::pki
