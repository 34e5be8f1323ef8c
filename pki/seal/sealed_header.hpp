// SPDX-License-Identifier: Apache-2.0
// The header of a sealed file, as FORMAT.md describes it: content type, and the file key wrapped
// for each recipient.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/hpke.hpp>
#include <pki/crypto/key.hpp>

#include <optional>
#include <string>
#include <vector>

namespace heliograph::pki {

inline constexpr std::size_t sealed_recipient_limit = 32;
inline constexpr std::size_t content_type_limit_bytes = 127;
/// No header is longer.
inline constexpr std::size_t sealed_header_limit_bytes =
    20 + 1 + content_type_limit_bytes + 1 + sealed_recipient_limit * (2 + 32 + 65 + 32);
inline constexpr std::size_t file_key_bytes = 16;

/// The file key for one recipient.
struct WrappedFileKey {
    HpkeKem kem;
    Sha256 recipient;  ///< Of the SubjectPublicKeyInfo in DER.
    HpkeSealed sealed;
};

/// @thread As a value.
struct SealedHeader {
    std::string content_type;
    std::vector<WrappedFileKey> recipients;

    /// The exact bytes; parse() of them gives an equal header.
    [[nodiscard]] Bytes render() const;

    /// What is being read piece by piece.
    struct Parsed;
    /// @param start  The first bytes of a file: at least the header, or the whole file.
    /// @return       None when the bytes end before the header does.
    /// @errors malformed (another magic, or a field outside FORMAT.md). @cost One pass.
    [[nodiscard]] static Result<std::optional<Parsed>> parse(ByteSpan start);
};

struct SealedHeader::Parsed {
    SealedHeader header;
    std::size_t size_bytes = 0;  ///< The body begins here.
};

/// Wraps a file key for each recipient.
/// @param content_type  Printable ASCII, 1 to content_type_limit_bytes.
/// @param recipients    1 to sealed_recipient_limit, each once; X25519 or P-256.
/// @errors invalid_argument, unsupported (a key of another kind), crypto. @thread Safe.
[[nodiscard]] Result<SealedHeader> wrap_file_key(
    const SecretBytes& file_key,
    const std::string& content_type,
    const std::vector<PublicKey>& recipients
);

/// What unwrapping showed.
enum class UnwrapDefect {
    not_a_recipient,  ///< The header names other keys.
    altered,          ///< It names this key, and what is wrapped does not open.
};
struct UnwrappedFileKey {
    std::optional<UnwrapDefect> defect;
    SecretBytes file_key;  ///< Empty with a defect.
};

/// @errors unsupported (a key of another kind), crypto. @thread Safe. @cost One key agreement.
[[nodiscard]] Result<UnwrappedFileKey> unwrap_file_key(
    const SealedHeader& header, const PrivateKey& key
);

}  // namespace heliograph::pki
