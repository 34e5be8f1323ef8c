// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include <array>
#include <string_view>

namespace heliograph::pki {

namespace {

// The curve's name, or nothing for explicit parameters: those could describe a weakened curve under
// a good name.
std::string curve_of(EVP_PKEY* key) {
    int is_explicit = 0;
    std::array<char, 64> name{};
    std::size_t size = 0;
    const bool read = EVP_PKEY_get_int_param(
                          key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit
                      ) == 1 &&
                      EVP_PKEY_get_utf8_string_param(
                          key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &size
                      ) == 1;
    // Below 0 the library cannot say: keys in devices have no encoding that could be explicit.
    if (!read || is_explicit > 0) {
        drain_openssl_errors();
        return {};
    }
    const std::string_view curve(name.data(), size);
    if (curve == "prime256v1" || curve == "P-256") {
        return "P-256";
    }
    if (curve == "secp521r1" || curve == "P-521") {
        return "P-521";
    }
    return curve == "secp384r1" || curve == "P-384" ? "P-384" : std::string(curve);
}

// One lets anybody sign; a long one makes a check as dear as a signature, for whoever sends the
// key.
bool has_exponent_of_bits(evp_pkey_st* key, int least) {
    BIGNUM* raw = nullptr;
    const bool is_read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) == 1;
    const BignumHandle exponent(raw);
    drain_openssl_errors();
    return is_read && BN_is_odd(raw) == 1 && BN_num_bits(raw) >= least && BN_num_bits(raw) <= 64;
}

bool has_sane_exponent(evp_pkey_st* key) {
    return has_exponent_of_bits(key, 2);
}

bool is_uncompressed(evp_pkey_st* key) {
    std::array<char, 32> form{};
    std::size_t size = 0;
    const bool read =
        EVP_PKEY_get_utf8_string_param(
            key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form.data(), form.size(), &size
        ) == 1;
    drain_openssl_errors();
    return read && std::string_view(form.data(), size) == "uncompressed";
}

}  // namespace

bool is_ecdsa_key(evp_pkey_st* key) {
    if (EVP_PKEY_is_a(key, "EC") != 1) {
        return false;
    }
    const std::string curve = curve_of(key);
    return curve == "P-256" || curve == "P-384";
}

std::optional<SigningScheme> signing_scheme(evp_pkey_st* key) {
    if (is_ecdsa_key(key) || EVP_PKEY_is_a(key, "RSA") == 1) {
        return SigningScheme{"SHA2-256"};
    }
    if (EVP_PKEY_is_a(key, "ED25519") == 1) {
        return SigningScheme{nullptr};
    }
    return std::nullopt;
}

Outcome check_key_policy(evp_pkey_st* key) {
    const int bits = EVP_PKEY_get_bits(key);
    const bool known =
        is_ecdsa_key(key) || EVP_PKEY_is_a(key, "ED25519") == 1 ||
        EVP_PKEY_is_a(key, "X25519") == 1 ||
        (EVP_PKEY_is_a(key, "RSA") == 1 && bits >= 2048 && bits <= 8192 && has_sane_exponent(key));
    if (known) {
        return {};
    }
    return Error(
        ErrorCode::unsupported,
        "expected a key of kind EC P-256, EC P-384, Ed25519, X25519 or RSA from 2048 to 8192 bits, "
        "saw " +
            describe_key(key)
    );
}

Outcome check_requested_key(evp_pkey_st* key) {
    HG_CHECK(check_key_policy(key));
    if (EVP_PKEY_is_a(key, "EC") == 1 && !is_uncompressed(key)) {
        return Error(
            ErrorCode::unsupported,
            "expected an EC key as an uncompressed point (RFC 5480, section 2.2), saw it in "
            "another form"
        );
    }
    // Odd and of seventeen bits: not below 65537.
    if (EVP_PKEY_is_a(key, "RSA") == 1 && !has_exponent_of_bits(key, 17)) {
        return Error(
            ErrorCode::unsupported, "expected an RSA key with an exponent from 65537, saw a smaller"
        );
    }
    return {};
}

std::string describe_key(evp_pkey_st* key) {
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        const std::string curve = curve_of(key);
        return curve.empty() ? "EC with explicit parameters" : "EC " + curve;
    }
    if (EVP_PKEY_is_a(key, "ED25519") == 1) {
        return "Ed25519";
    }
    if (EVP_PKEY_is_a(key, "X25519") == 1) {
        return "X25519";
    }
    if (EVP_PKEY_is_a(key, "ED448") == 1) {
        return "Ed448";
    }
    const char* const name = EVP_PKEY_get0_type_name(key);
    return std::string(name == nullptr ? "unknown" : name) + " " +
           std::to_string(EVP_PKEY_get_bits(key));
}

}  // namespace heliograph::pki
