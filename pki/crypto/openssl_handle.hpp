// SPDX-License-Identifier: Apache-2.0
// Private: the only header that includes libcrypto's. Handles free themselves; no return code goes
// unseen.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

namespace heliograph::pki {

/// A stateless deleter naming the library's free function.
template <auto free_function>
struct OpensslDelete {
    template <typename T>
    void operator()(T* object) const noexcept {
        static_cast<void>(free_function(object));
    }
};

template <typename T, auto free_function>
using OpensslHandle = std::unique_ptr<T, OpensslDelete<free_function>>;

// Some free functions are macros or return a value; these give them an address of one shape.
inline void free_x509_stack(STACK_OF(X509) * stack) {
    sk_X509_pop_free(stack, X509_free);
}
inline void free_usage_stack(EXTENDED_KEY_USAGE* stack) {
    sk_ASN1_OBJECT_pop_free(stack, ASN1_OBJECT_free);
}
inline void free_extension_stack(STACK_OF(X509_EXTENSION) * stack) {
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}
inline void free_library_bytes(unsigned char* bytes) {
    OPENSSL_free(bytes);
}

using PkeyHandle = OpensslHandle<EVP_PKEY, EVP_PKEY_free>;
using PkeyContextHandle = OpensslHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContextHandle = OpensslHandle<EVP_MD_CTX, EVP_MD_CTX_free>;
using BioHandle = OpensslHandle<BIO, BIO_free_all>;
using BignumHandle = OpensslHandle<BIGNUM, BN_free>;
using X509Handle = OpensslHandle<X509, X509_free>;
using CrlHandle = OpensslHandle<X509_CRL, X509_CRL_free>;
using RevokedHandle = OpensslHandle<X509_REVOKED, X509_REVOKED_free>;
using NameHandle = OpensslHandle<X509_NAME, X509_NAME_free>;
using X509StackHandle = OpensslHandle<STACK_OF(X509), free_x509_stack>;
using GeneralNamesHandle = OpensslHandle<GENERAL_NAMES, GENERAL_NAMES_free>;
using BasicConstraintsHandle = OpensslHandle<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using UsageStackHandle = OpensslHandle<EXTENDED_KEY_USAGE, free_usage_stack>;
using RequestHandle = OpensslHandle<X509_REQ, X509_REQ_free>;
using ExtensionStackHandle = OpensslHandle<STACK_OF(X509_EXTENSION), free_extension_stack>;
using AuthorityKeyIdHandle = OpensslHandle<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using OctetStringHandle = OpensslHandle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using IntegerHandle = OpensslHandle<ASN1_INTEGER, ASN1_INTEGER_free>;
using EnumeratedHandle = OpensslHandle<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;
using TimeHandle = OpensslHandle<ASN1_TIME, ASN1_TIME_free>;
using LibraryBytes = OpensslHandle<unsigned char, free_library_bytes>;

/// An Error with the library's own reason; empties this thread's error queue.
/// @param action  What was tried: `sign the certificate`.
[[nodiscard]] Error openssl_error(ErrorCode code, std::string_view action);

/// Turns the library's usual answer (1 is good) into an Outcome, emptying the error queue on
/// failure.
[[nodiscard]] Outcome check(int answer, std::string_view action);

/// Forgets errors that a failed attempt left behind and that are reported in our own words.
void drain_openssl_errors();

[[nodiscard]] inline const unsigned char* openssl_bytes(ByteSpan bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// DER of any library object, through its i2d function. An object that was parsed or filled can
/// always be encoded.
template <typename T, typename Encode>
[[nodiscard]] Bytes encode_der(T* object, Encode encode) {
    const int size = encode(object, nullptr);
    HG_ASSERT(size > 0);
    Bytes der(static_cast<std::size_t>(size));
    auto* cursor = reinterpret_cast<unsigned char*>(der.data());
    HG_ASSERT(encode(object, &cursor) == size);
    return der;
}

}  // namespace heliograph::pki
