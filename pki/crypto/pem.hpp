// SPDX-License-Identifier: Apache-2.0
// Private: the PEM form of RFC 7468, read strictly (section 3, "strict" grammar with CRLF allowed).
// OpenSSL's own reader would ask the terminal for a passphrase when a hostile file says it is
// encrypted.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::pki {

/// One block, still encoded; views into the text that was read.
struct PemBlock {
    std::string_view label;  ///< `CERTIFICATE`
    std::string_view body;   ///< Lines of base64 with their line ends.

    /// Whether the body begins with the headers of a key that is encrypted as RFC 1421 has it,
    /// under whatever label; nothing here reads such a key.
    [[nodiscard]] bool is_encrypted_by_headers() const;

    /// @errors malformed (headers as in RFC 1421 too).
    [[nodiscard]] Result<Bytes> decode() const;
};

/// Walks over the blocks of a text; what stands between them is passed over.
class PemReader {
  public:
    explicit PemReader(std::string_view text) : m_rest(text) {}

    /// The next block, or none at the end.
    /// @errors malformed (begin without its end).
    [[nodiscard]] Result<std::optional<PemBlock>> next();

  private:
    std::string_view m_rest;
};

/// One block: 64 columns, a final newline.
[[nodiscard]] std::string render_pem(std::string_view label, ByteSpan der);

/// The same for a secret, of which no copy stays anywhere else.
[[nodiscard]] SecretBytes render_secret_pem(std::string_view label, ByteSpan der);

}  // namespace heliograph::pki
