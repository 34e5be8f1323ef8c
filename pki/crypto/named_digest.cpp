// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/named_digest.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

struct Known {
    DigestAlgorithm algorithm;
    std::string_view name;     // In hashlib.
    const char* openssl_name;  // Its provider's.
    std::size_t size_bytes;
};

constexpr std::array<Known, 8> known{
    {{DigestAlgorithm::sha256, "sha256", "SHA2-256", 32},
     {DigestAlgorithm::sha384, "sha384", "SHA2-384", 48},
     {DigestAlgorithm::sha512, "sha512", "SHA2-512", 64},
     {DigestAlgorithm::sha3_256, "sha3_256", "SHA3-256", 32},
     {DigestAlgorithm::sha3_384, "sha3_384", "SHA3-384", 48},
     {DigestAlgorithm::sha3_512, "sha3_512", "SHA3-512", 64},
     {DigestAlgorithm::blake2b, "blake2b", "BLAKE2B-512", 64},
     {DigestAlgorithm::blake2s, "blake2s", "BLAKE2S-256", 32}}};

const Known& entry_of(DigestAlgorithm algorithm) {
    return known[static_cast<std::size_t>(algorithm)];
}

// Fetched once: an implicit fetch at each init costs as much as hashing a short text.
const EVP_MD* fetched(DigestAlgorithm algorithm) {
    static const auto all = [] {
        std::array<const EVP_MD*, known.size()> found{};
        for (const Known& one : known) {
            HG_ASSERT(&one == &entry_of(one.algorithm));
            found[static_cast<std::size_t>(one.algorithm)] =
                EVP_MD_fetch(nullptr, one.openssl_name, nullptr);
        }
        return found;
    }();
    const EVP_MD* const method = all[static_cast<std::size_t>(algorithm)];
    HG_ASSERT(method != nullptr);
    return method;
}

}  // namespace

std::optional<DigestAlgorithm> digest_algorithm_of(std::string_view name) {
    const auto* const found = std::find_if(known.begin(), known.end(), [&](const Known& one) {
        return one.name == name;
    });
    return found == known.end() ? std::nullopt : std::optional(found->algorithm);
}

std::string_view name_of(DigestAlgorithm algorithm) {
    return entry_of(algorithm).name;
}

std::size_t digest_size_bytes(DigestAlgorithm algorithm) {
    return entry_of(algorithm).size_bytes;
}

Result<NamedDigest> NamedDigest::from_bytes(DigestAlgorithm algorithm, ByteSpan raw) {
    if (raw.size() != digest_size_bytes(algorithm)) {
        return Error(
            ErrorCode::malformed,
            "expected a " + std::string(name_of(algorithm)) + " value of " +
                std::to_string(digest_size_bytes(algorithm)) + " bytes, saw " +
                std::to_string(raw.size())
        );
    }
    return NamedDigest{.algorithm = algorithm, .value = to_bytes(raw)};
}

std::string NamedDigest::describe() const {
    return std::string(name_of(algorithm)) + " " + encode_hex(value);
}

void NamedHasher::Deleter::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

NamedHasher::NamedHasher(DigestAlgorithm algorithm)
    : m_algorithm(algorithm), m_context(EVP_MD_CTX_new()) {
    HG_ASSERT(m_context != nullptr);
    begin();
}

void NamedHasher::begin() {
    HG_ASSERT(EVP_DigestInit_ex2(m_context.get(), fetched(m_algorithm), nullptr) == 1);
}

void NamedHasher::update(ByteSpan piece) {
    HG_ASSERT(EVP_DigestUpdate(m_context.get(), piece.data(), piece.size()) == 1);
}

NamedDigest NamedHasher::finish() {
    NamedDigest digest{.algorithm = m_algorithm, .value = Bytes(digest_size_bytes(m_algorithm))};
    unsigned int size = 0;
    auto* const target = reinterpret_cast<unsigned char*>(digest.value.data());
    HG_ASSERT(EVP_DigestFinal_ex(m_context.get(), target, &size) == 1);
    HG_ASSERT(size == digest.value.size());
    begin();
    return digest;
}

NamedDigest named_digest(DigestAlgorithm algorithm, ByteSpan bytes) {
    NamedHasher hasher(algorithm);
    hasher.update(bytes);
    return hasher.finish();
}

}  // namespace heliograph::pki
