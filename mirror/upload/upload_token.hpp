// SPDX-License-Identifier: Apache-2.0
// Tokens that may upload: random, shown once, kept as a digest, each for its projects. Format:
// mirror/upload/FORMAT.md.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/project_name.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

namespace token_limits {
inline constexpr std::size_t tokens = 1000;
inline constexpr std::size_t projects = 1000;
inline constexpr std::size_t label_chars = 100;
}  // namespace token_limits

/// What is kept of a token.
struct UploadToken {
    std::string id;  ///< 12 lower-case hex digits; no secret.
    pki::Sha256 secret_digest;
    /// Where it may upload to; none: everywhere.
    std::optional<std::vector<verify::ProjectName>> projects;
    Instant created;
    std::string label;

    friend bool operator==(const UploadToken&, const UploadToken&) = default;
};

/// A token just made: the only moment at which its text exists here.
struct NewToken {
    UploadToken record;
    SecretBytes text;  ///< `hgt_<id>_<secret>`, ASCII.
};

/// What a token is made for.
struct TokenRequest {
    std::optional<std::vector<verify::ProjectName>> projects;
    std::string label;  ///< Printable ASCII, at most token_limits::label_chars.
};

/// @errors invalid_argument (label, or no or too many projects), crypto. @thread Safe.
[[nodiscard]] Result<NewToken> make_token(const TokenRequest& request, Instant now);

/// The token that a client shows, when it is one of these. Its secret is compared in constant time.
/// @return Null when there is no such token, or its secret is another.
/// @thread Safe. @cost One digest.
[[nodiscard]] const UploadToken* find_token(
    const std::vector<UploadToken>& tokens, std::string_view shown
);

/// @thread Safe.
[[nodiscard]] std::string render_tokens(const std::vector<UploadToken>& tokens);

/// @param text  At most 8 MiB. @errors malformed, too_large, unsupported (another format).
/// @thread Safe.
[[nodiscard]] Result<std::vector<UploadToken>> parse_tokens(std::string_view text);

/// Where a master's folder keeps them. @thread Safe.
[[nodiscard]] std::filesystem::path token_path(const std::filesystem::path& folder);

/// The tokens of a master's folder; none when there is no such file.
/// @errors denied (others may read the file), io, and those of parse_tokens(). @thread Safe.
[[nodiscard]] Result<std::vector<UploadToken>> read_tokens(const std::filesystem::path& folder);

/// Replaces them, 0600. The caller holds the folder's lock. @errors io, denied.
[[nodiscard]] Outcome write_tokens(
    const std::filesystem::path& folder, const std::vector<UploadToken>& tokens
);

}  // namespace heliograph::mirror
