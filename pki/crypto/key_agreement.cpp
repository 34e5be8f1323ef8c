// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key_agreement.hpp>
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include <algorithm>

namespace heliograph::pki {

namespace {

using GroupHandle = OpensslHandle<EC_GROUP, EC_GROUP_free>;
using PointHandle = OpensslHandle<EC_POINT, EC_POINT_free>;
using BuilderHandle = OpensslHandle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParametersHandle = OpensslHandle<OSSL_PARAM, OSSL_PARAM_free>;
using SecretNumberHandle = OpensslHandle<BIGNUM, BN_clear_free>;
using NumberContextHandle = OpensslHandle<BN_CTX, BN_CTX_free>;

bool is_curve(AgreementGroup group) {
    return group == AgreementGroup::x25519 || group == AgreementGroup::p256;
}

const char* library_name(AgreementGroup group) {
    switch (group) {
        case AgreementGroup::x25519:
            return "X25519";
        case AgreementGroup::p256:
            return "P-256";
        case AgreementGroup::ffdhe2048:
            return "ffdhe2048";
        case AgreementGroup::ffdhe3072:
            return "ffdhe3072";
        case AgreementGroup::ffdhe4096:
            break;
    }
    return "ffdhe4096";
}

Error no_member(AgreementGroup group) {
    return {
        ErrorCode::malformed,
        "expected a valid value of the group " + std::string(library_name(group)) +
            " in its one encoding, saw another"};
}

Result<std::shared_ptr<EVP_PKEY>> owned(EVP_PKEY* key, std::string_view action) {
    if (key == nullptr) {
        return openssl_error(ErrorCode::crypto, action);
    }
    return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

/// The halves of a key that is put together from numbers; the private one may be absent.
struct Halves {
    ByteSpan public_value;
    const BIGNUM* private_number = nullptr;
};

Result<std::shared_ptr<EVP_PKEY>> assemble(AgreementGroup group, const Halves& halves) {
    const BuilderHandle builder(OSSL_PARAM_BLD_new());
    const BignumHandle number(BN_bin2bn(
        openssl_bytes(halves.public_value), static_cast<int>(halves.public_value.size()), nullptr
    ));
    HG_ASSERT(builder != nullptr && number != nullptr);
    bool pushed = OSSL_PARAM_BLD_push_utf8_string(
                      builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, library_name(group), 0
                  ) == 1;
    pushed =
        pushed &&
        (group == AgreementGroup::p256
             ? OSSL_PARAM_BLD_push_octet_string(
                   builder.get(),
                   OSSL_PKEY_PARAM_PUB_KEY,
                   halves.public_value.data(),
                   halves.public_value.size()
               )
             : OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, number.get())) == 1;
    if (halves.private_number != nullptr) {
        pushed = pushed && OSSL_PARAM_BLD_push_BN(
                               builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, halves.private_number
                           ) == 1;
    }
    const ParametersHandle parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const PkeyContextHandle context(
        EVP_PKEY_CTX_new_from_name(nullptr, group == AgreementGroup::p256 ? "EC" : "DH", nullptr)
    );
    EVP_PKEY* key = nullptr;
    const int selection = halves.private_number == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    const bool made = pushed && parameters != nullptr && context != nullptr &&
                      EVP_PKEY_fromdata_init(context.get()) == 1 &&
                      EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) == 1;
    drain_openssl_errors();
    if (!made) {
        return no_member(group);
    }
    return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

SecretNumberHandle number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    return SecretNumberHandle(EVP_PKEY_get_bn_param(key, name, &number) == 1 ? number : nullptr);
}

// OpenSSL 3.5 takes every number from 2 to p - 2 for a member, where 3.0 does not; the secret with
// one outside the subgroup tells whether a private value is even. The primes are safe ones, so that
// the members are the squares.
bool is_square(const EVP_PKEY* key) {
    const auto prime = number_of(key, OSSL_PKEY_PARAM_FFC_P);
    const auto value = number_of(key, OSSL_PKEY_PARAM_PUB_KEY);
    const NumberContextHandle context(BN_CTX_new());
    return prime != nullptr && value != nullptr && context != nullptr &&
           BN_kronecker(value.get(), prime.get(), context.get()) == 1;
}

// On the curve, within the prime, in the subgroup: whatever the group asks for.
Outcome check_member(AgreementGroup group, EVP_PKEY* key) {
    const PkeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    const bool good = context != nullptr && EVP_PKEY_public_check(context.get()) == 1 &&
                      (is_curve(group) || is_square(key));
    drain_openssl_errors();
    if (!good) {
        return no_member(group);
    }
    return {};
}

Result<std::shared_ptr<EVP_PKEY>> import_peer(AgreementGroup group, ByteSpan value) {
    if (value.size() != public_value_bytes(group) ||
        (group == AgreementGroup::p256 && value.front() != std::byte{4})) {
        return no_member(group);
    }
    if (group == AgreementGroup::x25519) {
        return owned(
            EVP_PKEY_new_raw_public_key_ex(
                nullptr, "X25519", nullptr, openssl_bytes(value), value.size()
            ),
            "read a public value"
        );
    }
    HG_TRY(auto key, assemble(group, {.public_value = value}));
    HG_CHECK(check_member(group, key.get()));
    return key;
}

Result<Bytes> export_public_value(AgreementGroup group, EVP_PKEY* key) {
    Bytes value(public_value_bytes(group));
    auto* const target = reinterpret_cast<unsigned char*>(value.data());
    if (is_curve(group)) {
        std::size_t size = 0;
        const bool read = EVP_PKEY_get_octet_string_param(
                              key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, target, value.size(), &size
                          ) == 1 &&
                          size == value.size();
        if (!read) {
            return openssl_error(ErrorCode::crypto, "read a public value");
        }
        return value;
    }
    BIGNUM* raw = nullptr;
    HG_CHECK(check(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PUB_KEY, &raw), "read a public value")
    );
    const BignumHandle number(raw);
    HG_ASSERT(BN_bn2binpad(number.get(), target, static_cast<int>(value.size())) > 0);
    return value;
}

// The public half of a private number, which the library does not find by itself.
Result<Bytes> multiply_base_point(const BIGNUM* number) {
    const GroupHandle group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    HG_ASSERT(group != nullptr);
    if (BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group.get())) >= 0) {
        return no_member(AgreementGroup::p256);
    }
    const PointHandle point(EC_POINT_new(group.get()));
    Bytes value(public_value_bytes(AgreementGroup::p256));
    const bool done =
        point != nullptr &&
        EC_POINT_mul(group.get(), point.get(), number, nullptr, nullptr, nullptr) == 1 &&
        EC_POINT_point2oct(
            group.get(),
            point.get(),
            POINT_CONVERSION_UNCOMPRESSED,
            reinterpret_cast<unsigned char*>(value.data()),
            value.size(),
            nullptr
        ) == value.size();
    if (!done) {
        return openssl_error(ErrorCode::crypto, "compute a public value");
    }
    return value;
}

Result<Bytes> raise_generator(AgreementGroup group, const BIGNUM* exponent) {
    // The library makes its groups only together with a key; this one lends its prime.
    HG_TRY(const AgreementKey sample, AgreementKey::generate(group));
    HG_TRY(const auto lender, import_peer(group, sample.public_value()));
    BIGNUM* raw_prime = nullptr;
    HG_CHECK(check(
        EVP_PKEY_get_bn_param(lender.get(), OSSL_PKEY_PARAM_FFC_P, &raw_prime), "read a prime"
    ));
    const BignumHandle prime(raw_prime);
    const BignumHandle generator(BN_new());
    const BignumHandle power(BN_new());
    const NumberContextHandle scratch(BN_CTX_new());
    HG_ASSERT(generator != nullptr && power != nullptr && scratch != nullptr);
    if (BN_is_zero(exponent) || BN_cmp(exponent, prime.get()) >= 0) {
        return no_member(group);
    }
    Bytes value(public_value_bytes(group));
    const bool done =
        BN_set_word(generator.get(), 2) == 1 &&
        BN_mod_exp_mont_consttime(
            power.get(), generator.get(), exponent, prime.get(), scratch.get(), nullptr
        ) == 1 &&
        BN_bn2binpad(
            power.get(),
            reinterpret_cast<unsigned char*>(value.data()),
            static_cast<int>(value.size())
        ) > 0;
    if (!done) {
        return openssl_error(ErrorCode::crypto, "compute a public value");
    }
    return value;
}

bool is_all_zero(const SecretBytes& secret) {
    std::byte seen{0};
    for (const std::byte byte : secret.expose()) {
        seen |= byte;
    }
    return seen == std::byte{0};
}

}  // namespace

std::size_t public_value_bytes(AgreementGroup group) {
    switch (group) {
        case AgreementGroup::x25519:
            return 32;
        case AgreementGroup::p256:
            return 65;
        case AgreementGroup::ffdhe2048:
            return 256;
        case AgreementGroup::ffdhe3072:
            return 384;
        case AgreementGroup::ffdhe4096:
            break;
    }
    return 512;
}

Result<AgreementGroup> agreement_group_of(const PublicKey& key) {
    if (EVP_PKEY_is_a(key.native(), "X25519") == 1) {
        return AgreementGroup::x25519;
    }
    if (is_ecdsa_key(key.native()) && EVP_PKEY_get_bits(key.native()) == 256) {
        return AgreementGroup::p256;
    }
    return Error(
        ErrorCode::unsupported,
        "expected a key of kind X25519 or EC P-256 to agree on a secret with, saw " +
            describe_key(key.native())
    );
}

Result<Bytes> public_value_of(const PublicKey& key) {
    HG_TRY(const AgreementGroup group, agreement_group_of(key));
    return export_public_value(group, key.native());
}

AgreementKey::AgreementKey(
    AgreementGroup group, std::shared_ptr<evp_pkey_st> key, Bytes public_value
)
    : m_group(group), m_key(std::move(key)), m_public_value(std::move(public_value)) {
}

Result<AgreementKey> AgreementKey::generate(AgreementGroup group) {
    const char* const algorithm = group == AgreementGroup::x25519 ? "X25519"
                                  : group == AgreementGroup::p256 ? "EC"
                                                                  : "DH";
    const PkeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
    EVP_PKEY* made = nullptr;
    const bool ready = context != nullptr && EVP_PKEY_keygen_init(context.get()) == 1 &&
                       (group == AgreementGroup::x25519 ||
                        EVP_PKEY_CTX_set_group_name(context.get(), library_name(group)) == 1) &&
                       EVP_PKEY_generate(context.get(), &made) == 1;
    if (!ready) {
        return openssl_error(ErrorCode::crypto, "generate a key for key agreement");
    }
    std::shared_ptr<EVP_PKEY> key(made, EVP_PKEY_free);
    HG_TRY(Bytes value, export_public_value(group, key.get()));
    return AgreementKey(group, std::move(key), std::move(value));
}

Result<AgreementKey> AgreementKey::from_key(const PrivateKey& key) {
    HG_TRY(const AgreementGroup group, agreement_group_of(key.public_key()));
    HG_TRY(Bytes value, export_public_value(group, key.native()));
    HG_ASSERT(EVP_PKEY_up_ref(key.native()) == 1);
    std::shared_ptr<EVP_PKEY> shared(key.native(), EVP_PKEY_free);
    return AgreementKey(group, std::move(shared), std::move(value));
}

Result<AgreementKey> AgreementKey::from_private_value(
    AgreementGroup group, const SecretBytes& value
) {
    const ByteSpan exposed = value.expose();
    if ((is_curve(group) && value.size() != 32) || value.size() > public_value_bytes(group)) {
        return no_member(group);
    }
    if (group == AgreementGroup::x25519) {
        HG_TRY(
            auto key,
            owned(
                EVP_PKEY_new_raw_private_key_ex(
                    nullptr, "X25519", nullptr, openssl_bytes(exposed), exposed.size()
                ),
                "read a private value"
            )
        );
        HG_TRY(Bytes public_value, export_public_value(group, key.get()));
        return AgreementKey(group, std::move(key), std::move(public_value));
    }
    const SecretNumberHandle number(
        BN_bin2bn(openssl_bytes(exposed), static_cast<int>(exposed.size()), nullptr)
    );
    HG_ASSERT(number != nullptr);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    HG_TRY(
        Bytes public_value,
        group == AgreementGroup::p256 ? multiply_base_point(number.get())
                                      : raise_generator(group, number.get())
    );
    HG_TRY(auto key, assemble(group, {public_value, number.get()}));
    return AgreementKey(group, std::move(key), std::move(public_value));
}

Result<SecretBytes> AgreementKey::agree(ByteSpan peer) const {
    HG_TRY(const auto other, import_peer(m_group, peer));
    const PkeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, m_key.get(), nullptr));
    const bool ready =
        context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
        // Without padding the length would tell of leading zeros, and two sides could differ.
        (is_curve(m_group) || EVP_PKEY_CTX_set_dh_pad(context.get(), 1) == 1) &&
        EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1;
    std::size_t size = 0;
    if (!ready || EVP_PKEY_derive(context.get(), nullptr, &size) != 1) {
        return openssl_error(ErrorCode::crypto, "agree on a secret");
    }
    SecretBytes secret(size);
    auto* const target = reinterpret_cast<unsigned char*>(secret.writable().data());
    const bool agreed = EVP_PKEY_derive(context.get(), target, &size) == 1 && size == secret.size();
    drain_openssl_errors();
    // On P-256 zero is the coordinate of a real point, and the point at infinity is refused above.
    // In the other groups it means a value of small order; the library refuses it too.
    const bool harmless = m_group == AgreementGroup::p256 || !is_all_zero(secret);
    if (!agreed || !harmless) {
        return no_member(m_group);
    }
    return secret;
}

}  // namespace heliograph::pki
