// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace heliograph::pki {

namespace {

constexpr unsigned no_hex_digit = 16;

// Looked up: no processor guesses whether the next digit of a digest is a letter.
constexpr auto hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_hex_digit);
    for (unsigned value = 0; value < no_hex_digit; ++value) {
        values[static_cast<unsigned char>("0123456789abcdef"[value])] =
            static_cast<std::uint8_t>(value);
    }
    return values;
}();

unsigned hex_value(char c) {
    return hex_values[static_cast<unsigned char>(c)];
}

}  // namespace

Result<Sha256> Sha256::parse_hex(std::string_view text) {
    if (text.size() != 64) {
        return Error(
            ErrorCode::malformed,
            "expected a SHA-256 value of 64 lower-case hexadecimal digits, saw " +
                std::to_string(text.size()) + " characters"
        );
    }
    // Without the room that decode_hex() asks for: pages have three for each of their files.
    Sha256 digest;
    unsigned seen = 0;
    for (std::size_t at = 0; at < digest.bytes.size(); ++at) {
        const unsigned high = hex_value(text[2 * at]);
        const unsigned low = hex_value(text[2 * at + 1]);
        seen |= high | low;
        digest.bytes[at] = static_cast<std::byte>((high << 4U | low) & 0xFFU);
    }
    if (seen >= no_hex_digit) {
        return Error(
            ErrorCode::malformed, "expected lower-case hexadecimal digits, saw another character"
        );
    }
    return digest;
}

Result<Sha256> Sha256::from_bytes(ByteSpan raw) {
    Sha256 digest;
    if (raw.size() != digest.bytes.size()) {
        return Error(
            ErrorCode::malformed,
            "expected a SHA-256 value of 32 bytes, saw " + std::to_string(raw.size())
        );
    }
    std::copy(raw.begin(), raw.end(), digest.bytes.begin());
    return digest;
}

std::string Sha256::to_hex() const {
    return encode_hex(bytes);
}

void Sha256Hasher::Deleter::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

namespace {

// Fetched once: an implicit fetch at each init costs as much as hashing a short text.
const EVP_MD* sha256_algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    HG_ASSERT(algorithm != nullptr);
    return algorithm;
}

}  // namespace

Sha256Hasher::Sha256Hasher() : m_context(EVP_MD_CTX_new()) {
    HG_ASSERT(m_context != nullptr);
    HG_ASSERT(EVP_DigestInit_ex2(m_context.get(), sha256_algorithm(), nullptr) == 1);
}

void Sha256Hasher::update(ByteSpan piece) {
    HG_ASSERT(EVP_DigestUpdate(m_context.get(), piece.data(), piece.size()) == 1);
}

Sha256 Sha256Hasher::finish() {
    Sha256 digest;
    unsigned int size = 0;
    auto* const target = reinterpret_cast<unsigned char*>(digest.bytes.data());
    HG_ASSERT(EVP_DigestFinal_ex(m_context.get(), target, &size) == 1);
    HG_ASSERT(size == digest.bytes.size());
    HG_ASSERT(EVP_DigestInit_ex2(m_context.get(), sha256_algorithm(), nullptr) == 1);
    return digest;
}

Sha256 sha256(ByteSpan bytes) {
    Sha256 digest;
    unsigned int size = 0;
    auto* const target = reinterpret_cast<unsigned char*>(digest.bytes.data());
    HG_ASSERT(
        EVP_Digest(bytes.data(), bytes.size(), target, &size, sha256_algorithm(), nullptr) == 1
    );
    HG_ASSERT(size == digest.bytes.size());
    return digest;
}

}  // namespace heliograph::pki
