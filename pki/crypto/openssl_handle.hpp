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
inline void free_crl_stack(STACK_OF(X509_CRL) * stack) {
    sk_X509_CRL_pop_free(stack, X509_CRL_free);
}
inline void free_usage_stack(EXTENDED_KEY_USAGE* stack) {
    sk_ASN1_OBJECT_pop_free(stack, ASN1_OBJECT_free);
}
inline void free_point_stack(CRL_DIST_POINTS* stack) {
    sk_DIST_POINT_pop_free(stack, DIST_POINT_free);
}
inline void free_access_stack(AUTHORITY_INFO_ACCESS* stack) {
    sk_ACCESS_DESCRIPTION_pop_free(stack, ACCESS_DESCRIPTION_free);
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
using ExtensionHandle = OpensslHandle<X509_EXTENSION, X509_EXTENSION_free>;
using StoreHandle = OpensslHandle<X509_STORE, X509_STORE_free>;
using StoreContextHandle = OpensslHandle<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509StackHandle = OpensslHandle<STACK_OF(X509), free_x509_stack>;
using CrlStackHandle = OpensslHandle<STACK_OF(X509_CRL), free_crl_stack>;
using GeneralNamesHandle = OpensslHandle<GENERAL_NAMES, GENERAL_NAMES_free>;
using BasicConstraintsHandle = OpensslHandle<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using NameConstraintsHandle = OpensslHandle<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;
using SubtreeHandle = OpensslHandle<GENERAL_SUBTREE, GENERAL_SUBTREE_free>;
using GeneralNameHandle = OpensslHandle<GENERAL_NAME, GENERAL_NAME_free>;
using KeyUsageHandle = OpensslHandle<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using UsageStackHandle = OpensslHandle<EXTENDED_KEY_USAGE, free_usage_stack>;
using ListPointHandle = OpensslHandle<DIST_POINT, DIST_POINT_free>;
using ListPointsHandle = OpensslHandle<CRL_DIST_POINTS, free_point_stack>;
using AccessHandle = OpensslHandle<ACCESS_DESCRIPTION, ACCESS_DESCRIPTION_free>;
using InformationHandle = OpensslHandle<AUTHORITY_INFO_ACCESS, free_access_stack>;
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
