// SPDX-License-Identifier: Apache-2.0
// Private: handles of libcrypto's OCSP values.
#pragma once

#include <pki/crypto/openssl_handle.hpp>

#include <openssl/ocsp.h>

namespace heliograph::pki {

using OcspRequestHandle = OpensslHandle<OCSP_REQUEST, OCSP_REQUEST_free>;
using OcspResponseHandle = OpensslHandle<OCSP_RESPONSE, OCSP_RESPONSE_free>;

}  // namespace heliograph::pki
