// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/issued_signature.hpp>

#include <openssl/rsa.h>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

enum class SignatureFamily { rsa, pss, ecdsa, ed25519, ed448, broken };

struct SignatureRow {
    std::string_view oid;
    std::string_view name;
    SignatureFamily family;
    const char* digest;  // The library's name; null: the algorithm brings its own.
};

constexpr SignatureRow signature_rows[] = {
    {"1.2.840.10045.4.3.2", "ecdsa-with-SHA256", SignatureFamily::ecdsa, "SHA2-256"},
    {"1.2.840.10045.4.3.3", "ecdsa-with-SHA384", SignatureFamily::ecdsa, "SHA2-384"},
    {"1.2.840.10045.4.3.4", "ecdsa-with-SHA512", SignatureFamily::ecdsa, "SHA2-512"},
    {"1.2.840.113549.1.1.11", "sha256WithRSAEncryption", SignatureFamily::rsa, "SHA2-256"},
    {"1.2.840.113549.1.1.12", "sha384WithRSAEncryption", SignatureFamily::rsa, "SHA2-384"},
    {"1.2.840.113549.1.1.13", "sha512WithRSAEncryption", SignatureFamily::rsa, "SHA2-512"},
    {"1.2.840.113549.1.1.10", "rsassaPss", SignatureFamily::pss, nullptr},
    {"1.3.101.112", "Ed25519", SignatureFamily::ed25519, nullptr},
    {"1.3.101.113", "Ed448", SignatureFamily::ed448, nullptr},
    {"1.2.840.113549.1.1.5", "sha1WithRSAEncryption", SignatureFamily::broken, nullptr},
    {"1.2.840.113549.1.1.4", "md5WithRSAEncryption", SignatureFamily::broken, nullptr},
    {"1.2.840.113549.1.1.2", "md2WithRSAEncryption", SignatureFamily::broken, nullptr},
    {"1.2.840.10045.4.1", "ecdsa-with-SHA1", SignatureFamily::broken, nullptr},
    {"1.2.840.10040.4.3", "dsa-with-SHA1", SignatureFamily::broken, nullptr},
};

const SignatureRow* signature_row(std::string_view oid) {
    for (const SignatureRow& row : signature_rows) {
        if (row.oid == oid) {
            return &row;
        }
    }
    return nullptr;
}

// RSASSA-PSS-params with one digest for both uses and a salt as long as it (RFC 4055, section 3.1;
// what TLS 1.3 prescribes): the last arc of the digest, its length and its name.
struct PssRow {
    unsigned char digest_arc;
    int salt;
    const char* name;
};
constexpr PssRow pss_rows[] = {{1, 32, "SHA2-256"}, {2, 48, "SHA2-384"}, {3, 64, "SHA2-512"}};

Bytes pss_parameters(const PssRow& row) {
    const std::array<unsigned char, 15> digest{
        0x30,
        0x0d,
        0x06,
        0x09,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        row.digest_arc,
        0x05,
        0x00};
    const std::array<unsigned char, 13> mask{
        0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08};
    Bytes body;
    const auto add = [&body](auto&& octets) {
        for (const unsigned char octet : octets) {
            body.push_back(static_cast<std::byte>(octet));
        }
    };
    add(std::array<unsigned char, 4>{0x30, 0x34, 0xa0, 0x0f});
    add(digest);
    add(std::array<unsigned char, 2>{0xa1, 0x1c});
    add(mask);
    add(digest);
    add(std::array<unsigned char, 5>{0xa2, 0x03, 0x02, 0x01, static_cast<unsigned char>(row.salt)});
    return body;
}

const PssRow* pss_row(ByteSpan parameters) {
    for (const PssRow& row : pss_rows) {
        const Bytes wanted = pss_parameters(row);
        if (std::equal(parameters.begin(), parameters.end(), wanted.begin(), wanted.end())) {
            return &row;
        }
    }
    return nullptr;
}

bool key_fits(EVP_PKEY* key, SignatureFamily family) {
    switch (family) {
        case SignatureFamily::rsa:
            return EVP_PKEY_is_a(key, "RSA") == 1;
        case SignatureFamily::pss:
            return EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1;
        case SignatureFamily::ecdsa:
            return EVP_PKEY_is_a(key, "EC") == 1;
        case SignatureFamily::ed25519:
            return EVP_PKEY_is_a(key, "ED25519") == 1;
        case SignatureFamily::ed448:
            return EVP_PKEY_is_a(key, "ED448") == 1;
        case SignatureFamily::broken:
            break;
    }
    return false;
}

Outcome use_pss(EVP_PKEY_CTX* context, int salt) {
    HG_CHECK(check(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), "choose PSS"));
    return check(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt), "choose the salt of PSS");
}

}  // namespace

bool is_weak_signature_algorithm(std::string_view oid) {
    const SignatureRow* const row = signature_row(oid);
    return row != nullptr && row->family == SignatureFamily::broken;
}

bool has_standard_parameters(const AlgorithmField& algorithm) {
    const SignatureRow* const row = signature_row(algorithm.oid);
    const bool has_null = to_bytes(algorithm.parameters) == Bytes{std::byte{5}, std::byte{0}};
    if (row == nullptr || row->family == SignatureFamily::broken) {
        return true;
    }
    if (row->family == SignatureFamily::pss) {
        return pss_row(algorithm.parameters) != nullptr;
    }
    return row->family == SignatureFamily::rsa ? has_null : algorithm.parameters.empty();
}

std::string signature_algorithm_name(std::string_view oid) {
    const SignatureRow* const row = signature_row(oid);
    return std::string(row == nullptr ? oid : row->name);
}

Result<IssuedSignature> check_issued_signature(const SignedPart& part, const PublicKey& key) {
    const SignatureRow* const row = signature_row(part.algorithm.oid);
    if (row == nullptr) {
        return IssuedSignature::unsupported;
    }
    if (row->family == SignatureFamily::broken) {
        return IssuedSignature::weak;
    }
    if (!key_fits(key.native(), row->family)) {
        return IssuedSignature::wrong;
    }
    const char* digest = row->digest;
    const PssRow* pss = nullptr;
    if (row->family == SignatureFamily::pss) {
        pss = pss_row(part.algorithm.parameters);
        if (pss == nullptr) {
            return IssuedSignature::unsupported;
        }
        digest = pss->name;
    }
    const DigestContextHandle context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* choices = nullptr;
    if (context == nullptr ||
        EVP_DigestVerifyInit_ex(
            context.get(), &choices, digest, nullptr, nullptr, key.native(), nullptr
        ) != 1) {
        return openssl_error(ErrorCode::crypto, "prepare the check of a signature");
    }
    if (pss != nullptr) {
        HG_CHECK(use_pss(choices, pss->salt));
    }
    // 1 is the only good answer: 0 means a wrong signature, below 0 bytes that are none.
    const int answer = EVP_DigestVerify(
        context.get(),
        openssl_bytes(part.signature),
        part.signature.size(),
        openssl_bytes(part.bytes),
        part.bytes.size()
    );
    drain_openssl_errors();
    return answer == 1 ? IssuedSignature::good : IssuedSignature::wrong;
}

}  // namespace heliograph::pki
