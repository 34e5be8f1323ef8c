// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/crypto/key_form.hpp>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

namespace heliograph::pki {

namespace {

// What stands before the public value, before the secret one, and between the two in PKCS #8.
constexpr auto p256_spki = der_hex<"3059301306072a8648ce3d020106082a8648ce3d030107034200">();
constexpr auto p256_pkcs8 =
    der_hex<"308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420">();
constexpr auto p256_between = der_hex<"a144034200">();
constexpr auto p384_spki = der_hex<"3076301006072a8648ce3d020106052b81040022036200">();
constexpr auto p384_pkcs8 =
    der_hex<"3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430">();
constexpr auto p384_between = der_hex<"a164036200">();
constexpr auto ed25519_spki = der_hex<"302a300506032b6570032100">();
constexpr auto ed25519_pkcs8 = der_hex<"302e020100300506032b657004220420">();
constexpr auto x25519_spki = der_hex<"302a300506032b656e032100">();
constexpr auto x25519_pkcs8 = der_hex<"302e020100300506032b656e04220420">();

struct KeyForm {
    const char* algorithm;  ///< The library's names.
    const char* group;      ///< Null for the curves that have an algorithm of their own.
    ByteSpan spki_head;
    ByteSpan pkcs8_head;
    ByteSpan between;  ///< Empty: PKCS #8 holds the secret alone.
    std::size_t public_bytes;
    std::size_t secret_bytes;

    [[nodiscard]] std::size_t pkcs8_bytes() const {
        return pkcs8_head.size() + secret_bytes + between.size() +
               (between.empty() ? 0 : public_bytes);
    }
};

constexpr std::size_t longest_public = 97;  // An uncompressed point of P-384.
constexpr std::size_t longest_secret = 48;
constexpr std::byte uncompressed{4};  // SEC 1, section 2.3.3.

constexpr std::array<KeyForm, 4> forms{{
    {"EC", "prime256v1", p256_spki, p256_pkcs8, p256_between, 65, 32},
    {"EC", "secp384r1", p384_spki, p384_pkcs8, p384_between, 97, 48},
    {"ED25519", nullptr, ed25519_spki, ed25519_pkcs8, {}, 32, 32},
    {"X25519", nullptr, x25519_spki, x25519_pkcs8, {}, 32, 32},
}};

bool is_of(const EVP_PKEY* key, const KeyForm& form) {
    if (EVP_PKEY_is_a(key, form.algorithm) != 1) {
        return false;
    }
    if (form.group == nullptr) {
        return true;
    }
    std::array<char, 32> name{};
    std::size_t size = 0;
    const int read = EVP_PKEY_get_utf8_string_param(
        key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &size
    );
    return read == 1 && std::string_view(name.data(), size) == form.group;
}

const KeyForm* form_of(const EVP_PKEY* key) {
    const auto* const found = std::find_if(forms.begin(), forms.end(), [key](const KeyForm& form) {
        return is_of(key, form);
    });
    return found == forms.end() ? nullptr : found;
}

// Room for the longest; only the first public_bytes are the key's.
using PublicValue = std::array<std::byte, longest_public>;

std::optional<PublicValue> public_value(const EVP_PKEY* key, const KeyForm& form) {
    PublicValue value{};
    std::size_t size = 0;
    const int read = EVP_PKEY_get_octet_string_param(
        key,
        OSSL_PKEY_PARAM_PUB_KEY,
        reinterpret_cast<unsigned char*>(value.data()),
        value.size(),
        &size
    );
    const bool good = read == 1 && size == form.public_bytes &&
                      (form.group == nullptr || value.front() == uncompressed);
    return good ? std::optional(value) : std::nullopt;
}

// Into memory that the caller wipes.
bool write_secret_value(const EVP_PKEY* key, const KeyForm& form, std::span<std::byte> target) {
    auto* const octets = reinterpret_cast<unsigned char*>(target.data());
    if (form.group == nullptr) {
        std::size_t size = 0;
        return EVP_PKEY_get_octet_string_param(
                   key, OSSL_PKEY_PARAM_PRIV_KEY, octets, target.size(), &size
               ) == 1 &&
               size == target.size();
    }
    BIGNUM* number = nullptr;
    const bool read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1;
    const OpensslHandle<BIGNUM, BN_clear_free> secret(number);
    const int size = static_cast<int>(target.size());
    return read && BN_bn2binpad(number, octets, size) == size;
}

bool starts_with(ByteSpan bytes, ByteSpan head) {
    return bytes.size() >= head.size() && std::equal(head.begin(), head.end(), bytes.begin());
}

struct KeyValues {
    ByteSpan public_value;  ///< Empty: the library makes it from the secret.
    ByteSpan secret = {};
};

// The library wants numbers in the machine's order.
using SecretNumber = std::array<unsigned char, longest_secret>;

SecretNumber native_number(ByteSpan big_endian) {
    SecretNumber number{};
    auto* const last =
        std::transform(big_endian.begin(), big_endian.end(), number.begin(), [](std::byte octet) {
            return std::to_integer<unsigned char>(octet);
        });
    if constexpr (std::endian::native == std::endian::little) {
        std::reverse(number.begin(), last);
    }
    return number;
}

PkeyHandle make_key(const KeyForm& form, const KeyValues& values) {
    // The library reads through these pointers and writes nothing.
    const auto pointer = [](ByteSpan bytes) {
        return const_cast<unsigned char*>(openssl_bytes(bytes));  // NOLINT(*-const-cast)
    };
    SecretNumber number{};
    std::array<OSSL_PARAM, 4> parameters{};
    auto* next = parameters.begin();
    if (form.group != nullptr) {
        auto* const group = const_cast<char*>(form.group);  // NOLINT(*-const-cast)
        *next++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    }
    if (!values.public_value.empty()) {
        *next++ = OSSL_PARAM_construct_octet_string(
            OSSL_PKEY_PARAM_PUB_KEY, pointer(values.public_value), values.public_value.size()
        );
    }
    if (!values.secret.empty() && form.group != nullptr) {
        number = native_number(values.secret);
        *next++ =
            OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number.data(), values.secret.size());
    } else if (!values.secret.empty()) {
        *next++ = OSSL_PARAM_construct_octet_string(
            OSSL_PKEY_PARAM_PRIV_KEY, pointer(values.secret), values.secret.size()
        );
    }
    *next = OSSL_PARAM_construct_end();
    const int selection = values.secret.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    const PkeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, form.algorithm, nullptr));
    EVP_PKEY* made = nullptr;
    const bool done = context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                      EVP_PKEY_fromdata(context.get(), &made, selection, parameters.data()) == 1;
    OPENSSL_cleanse(number.data(), number.size());
    PkeyHandle key(made);
    if (!done) {
        drain_openssl_errors();
        return nullptr;
    }
    return key;
}

bool is_public_value(ByteSpan value, const KeyForm& form) {
    return form.group == nullptr || value.front() == uncompressed;
}

}  // namespace

std::optional<Bytes> write_fixed_spki(const EVP_PKEY* key) {
    const KeyForm* const form = form_of(key);
    const auto value = form == nullptr ? std::nullopt : public_value(key, *form);
    if (!value) {
        drain_openssl_errors();
        return std::nullopt;
    }
    Bytes der;
    der.reserve(form->spki_head.size() + form->public_bytes);
    der.insert(der.end(), form->spki_head.begin(), form->spki_head.end());
    der.insert(der.end(), value->begin(), value->begin() + form->public_bytes);
    return der;
}

std::optional<SecretBytes> write_fixed_pkcs8(const EVP_PKEY* key) {
    const KeyForm* const form = form_of(key);
    const auto value = form == nullptr ? std::nullopt : public_value(key, *form);
    if (!value) {
        drain_openssl_errors();
        return std::nullopt;
    }
    SecretBytes der(form->pkcs8_bytes());
    const auto whole = der.writable();
    auto cursor = std::copy(form->pkcs8_head.begin(), form->pkcs8_head.end(), whole.begin());
    const auto secret = whole.subspan(form->pkcs8_head.size(), form->secret_bytes);
    if (!write_secret_value(key, *form, secret)) {
        drain_openssl_errors();
        return std::nullopt;
    }
    cursor += static_cast<std::ptrdiff_t>(form->secret_bytes);
    if (!form->between.empty()) {
        cursor = std::copy(form->between.begin(), form->between.end(), cursor);
        std::copy(value->begin(), value->begin() + form->public_bytes, cursor);
    }
    return der;
}

PkeyHandle read_fixed_spki(ByteSpan der) {
    for (const KeyForm& form : forms) {
        if (starts_with(der, form.spki_head) &&
            der.size() == form.spki_head.size() + form.public_bytes) {
            const ByteSpan value = der.subspan(form.spki_head.size());
            return is_public_value(value, form) ? make_key(form, {value}) : nullptr;
        }
    }
    return nullptr;
}

PkeyHandle read_fixed_pkcs8(ByteSpan der) {
    for (const KeyForm& form : forms) {
        if (!starts_with(der, form.pkcs8_head) || der.size() != form.pkcs8_bytes()) {
            continue;
        }
        const ByteSpan secret = der.subspan(form.pkcs8_head.size(), form.secret_bytes);
        const ByteSpan rest = der.subspan(form.pkcs8_head.size() + form.secret_bytes);
        if (form.between.empty()) {
            return make_key(form, {{}, secret});
        }
        const ByteSpan value = rest.subspan(form.between.size());
        const bool good = starts_with(rest, form.between) && is_public_value(value, form);
        return good ? make_key(form, {value, secret}) : nullptr;
    }
    return nullptr;
}

}  // namespace heliograph::pki
