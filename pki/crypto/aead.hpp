// SPDX-License-Identifier: Apache-2.0
// AES-GCM with 96-bit nonces and 128-bit tags (NIST SP 800-38D).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

struct evp_cipher_ctx_st;
struct evp_cipher_st;

namespace heliograph::pki {

inline constexpr std::size_t gcm_tag_bytes = 16;

/// Never twice under one key: derive it from a counter, or make a fresh key for each message.
using GcmNonce = std::array<std::byte, 12>;

/// Data that is authenticated and not encrypted.
struct AssociatedData {
    ByteSpan value;
    explicit AssociatedData(ByteSpan bytes) : value(bytes) {}
};

/// One key.
/// @thread One thread at a time for each object. @cost No allocation but the result; about 1 GB/s.
class AesGcm {
  public:
    /// @param key  16 or 32 uniformly random bytes. @errors invalid_argument (another length).
    [[nodiscard]] static Result<AesGcm> with_key(SecretBytes key);

    /// @param plaintext  At most 1 GiB.
    /// @return           Ciphertext with the tag behind it. @errors crypto, too_large.
    [[nodiscard]] Result<Bytes> seal(
        const GcmNonce& nonce, ByteSpan plaintext, AssociatedData associated
    );

    /// @param sealed  What seal() gave.
    /// @return        The plaintext, or none when anything differs from what was sealed: nothing
    ///                of it is released before its tag was checked.
    /// @errors crypto, too_large.
    [[nodiscard]] Result<std::optional<SecretBytes>> open(
        const GcmNonce& nonce, ByteSpan sealed, AssociatedData associated
    );

  private:
    struct Deleter {
        void operator()(evp_cipher_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_cipher_ctx_st, Deleter>;

    AesGcm(SecretBytes key, const evp_cipher_st* cipher, Context context);

    SecretBytes m_key;
    const evp_cipher_st* m_cipher;
    Context m_context;
};

}  // namespace heliograph::pki
