// SPDX-License-Identifier: Apache-2.0
// Who may upload, decided by the head of a request alone.
#pragma once

#include <mirror/net/http_message.hpp>
#include <mirror/upload/upload_token.hpp>
#include <pki/tls/role_policy.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace heliograph::mirror {

/// What somebody may upload, and who it is, for the log.
struct UploadPermit {
    std::string who;  ///< `token 0123456789ab`, or the URI of a certificate.
    std::optional<std::vector<verify::ProjectName>> projects;  ///< None: every project.

    [[nodiscard]] bool allows(const verify::ProjectName& project) const;
};

/// What is accepted in place of a token.
struct UploadRoles {
    /// Of client certificates: the role `upload` is for every project, `upload:NAME` for one.
    pki::RolePolicy policy = {};
};

/// Judges `Authorization: Basic` with the user `__token__`, else the client certificate. A user
/// without a password shows nothing: twine sends one beside a certificate. Beside a certificate
/// that may upload, names and passwords that are no token's say nothing; a token that does not do
/// is refused all the same, for it may be for less than the certificate.
/// @return The permit, or the answer: 401 when nothing was shown, 403 when it does not do.
/// @thread Safe. @cost One digest. @source RFC 7617.
[[nodiscard]] std::variant<UploadPermit, HttpReply> judge_uploader(
    const HttpRequest& request, const std::vector<UploadToken>& tokens, const UploadRoles& roles
);

/// The password of `Authorization: Basic` when the user is `__token__`.
/// @return None for anything else. @thread Safe.
[[nodiscard]] std::optional<SecretBytes> token_of_basic(std::string_view authorization);

}  // namespace heliograph::mirror
