// SPDX-License-Identifier: Apache-2.0
// Owners of libssl's handles. Private to this room.
#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <memory>

namespace heliograph::mirror {

template <auto Free>
struct SslDeleter {
    template <typename T>
    void operator()(T* handle) const {
        Free(handle);
    }
};

using SslHandle = std::unique_ptr<SSL, SslDeleter<SSL_free>>;
using BioHandle = std::unique_ptr<BIO, SslDeleter<BIO_free>>;
using BioMethodHandle = std::unique_ptr<BIO_METHOD, SslDeleter<BIO_meth_free>>;

}  // namespace heliograph::mirror
