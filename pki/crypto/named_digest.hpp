// SPDX-License-Identifier: Apache-2.0
// Digests of which a document names the algorithm: those of Python's hashlib that are SHA-256 or
// better and of one fixed length.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace heliograph::pki {

enum class DigestAlgorithm {
    sha256,    ///< FIPS 180-4.
    sha384,    ///< FIPS 180-4.
    sha512,    ///< FIPS 180-4.
    sha3_256,  ///< FIPS 202.
    sha3_384,  ///< FIPS 202.
    sha3_512,  ///< FIPS 202.
    blake2b,   ///< RFC 7693, of 64 bytes.
    blake2s    ///< RFC 7693, of 32 bytes.
};

/// @param name  As hashlib spells it: lower case, `sha3_256`.
/// @return None for every other name, those of weaker algorithms among them.
/// @thread Safe. @cost None. @source Python, hashlib.algorithms_guaranteed.
[[nodiscard]] std::optional<DigestAlgorithm> digest_algorithm_of(std::string_view name);

/// The name that digest_algorithm_of() reads. @thread Safe.
[[nodiscard]] std::string_view name_of(DigestAlgorithm algorithm);

/// 32, 48 or 64. @thread Safe.
[[nodiscard]] std::size_t digest_size_bytes(DigestAlgorithm algorithm);

/// A value with the name of what made it.
struct NamedDigest {
    DigestAlgorithm algorithm{};
    Bytes value;

    /// @param raw  digest_size_bytes(algorithm) bytes. @errors malformed. @thread Safe. @cost None.
    [[nodiscard]] static Result<NamedDigest> from_bytes(DigestAlgorithm algorithm, ByteSpan raw);

    /// `sha384 0a1b...`, in lower-case hexadecimal digits. @thread Safe.
    [[nodiscard]] std::string describe() const;

    friend bool operator==(const NamedDigest&, const NamedDigest&) = default;
};

/// Hashes a stream piece by piece.
/// @thread One thread at a time for each object. @cost One pass over what is given.
class NamedHasher {
  public:
    explicit NamedHasher(DigestAlgorithm algorithm);

    /// Adds the next piece, of any size.
    void update(ByteSpan piece);

    /// The digest of all pieces; the hasher then starts anew, for the next stream.
    [[nodiscard]] NamedDigest finish();

  private:
    struct Deleter {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    void begin();

    DigestAlgorithm m_algorithm;
    std::unique_ptr<evp_md_ctx_st, Deleter> m_context;
};

/// The digest of bytes at hand. @thread Safe. @cost One pass.
[[nodiscard]] NamedDigest named_digest(DigestAlgorithm algorithm, ByteSpan bytes);

}  // namespace heliograph::pki
