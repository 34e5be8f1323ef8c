// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/upload_access.hpp>
#include <pki/base/blank.hpp>
#include <pki/base/encoding.hpp>
#include <pki/crypto/wipe.hpp>
#include <pki/tls/peer_identity.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

HttpReply who_are_you() {
    HeaderList more;
    more.add("WWW-Authenticate", "Basic realm=\"heliograph\", charset=\"UTF-8\"");
    return HttpReply::refusal(
        401, "Upload with the user __token__ and a token as its password.", std::move(more)
    );
}

bool starts_with_basic(std::string_view field) {
    constexpr std::string_view scheme = "basic ";
    return field.size() >= scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), field.begin(), [](char wanted, char seen) {
               return wanted == (seen >= 'A' && seen <= 'Z' ? static_cast<char>(seen + 32) : seen);
           });
}

}  // namespace

bool UploadPermit::allows(const verify::ProjectName& project) const {
    return !projects || std::find(projects->begin(), projects->end(), project) != projects->end();
}

std::optional<SecretBytes> token_of_basic(std::string_view authorization) {
    constexpr std::string_view user = "__token__:";
    if (!starts_with_basic(authorization)) {
        return std::nullopt;
    }
    auto decoded = decode_base64(trim_blanks(authorization.substr(6)));
    if (!decoded) {
        return std::nullopt;
    }
    std::optional<SecretBytes> token;
    if (text_of(*decoded).starts_with(user)) {
        token.emplace(ByteSpan(*decoded).subspan(user.size()));
    }
    pki::wipe(*decoded);
    return token;
}

std::variant<UploadPermit, HttpReply> judge_uploader(
    const HttpRequest& request, const std::vector<UploadToken>& tokens, const UploadRoles& roles
) {
    if (const auto field = request.headers.find("Authorization")) {
        const auto shown = token_of_basic(*field);
        const UploadToken* token = shown ? find_token(tokens, text_of(shown->expose())) : nullptr;
        if (token == nullptr) {
            return HttpReply::refusal(
                403, "This token is not valid here; ask the operator for one (mirror token new)."
            );
        }
        return UploadPermit{"token " + token->id, token->projects};
    }
    const auto& identity = request.peer.identity;
    if (identity != nullptr && !identity->uri.empty()) {
        const auto& uris = roles.certificate_uris;
        if (std::find(uris.begin(), uris.end(), identity->uri) != uris.end()) {
            return UploadPermit{identity->uri, std::nullopt};
        }
    }
    return who_are_you();
}

}  // namespace heliograph::mirror
