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

// What the Authorization field of a request shows.
enum class Credentials {
    none,     // `user:` with nothing behind it, as tools send that ask for a name.
    foreign,  // A name and a password that say nothing here: typed in, or of a keyring.
    token,    // A token, or what would be one but for a mistake.
};

// A certificate does not stand in for a token that does not do: it may be for less.
Credentials credentials_of(std::string_view authorization) {
    if (!starts_with_basic(authorization)) {
        return Credentials::token;
    }
    auto decoded = decode_base64(trim_blanks(authorization.substr(6)));
    if (!decoded) {
        return Credentials::token;
    }
    const auto shown = text_of(*decoded);
    const auto colon = shown.find(':');
    const bool is_token = colon == std::string_view::npos ||
                          shown.substr(0, colon) == "__token__" ||
                          shown.find("hgt_") != std::string_view::npos;
    const bool is_bare = shown.size() > 1 && colon == shown.size() - 1;
    pki::wipe(*decoded);
    if (is_token) {
        return Credentials::token;
    }
    return is_bare ? Credentials::none : Credentials::foreign;
}

HttpReply bad_token(const std::optional<UploadPermit>& of_certificate) {
    if (of_certificate) {
        return HttpReply::refusal(
            403,
            "This token is not valid here; the client certificate shown may upload without one: "
            "send no token (twine: -u x and no password)."
        );
    }
    return HttpReply::refusal(
        403,
        "This token is not valid here; ask the operator for one (mirror token new), and send it "
        "as the password of the user __token__."
    );
}

// The projects of roles like `upload:wheel`; a name that is no project's gives nothing.
std::optional<UploadPermit> permit_of(
    const pki::PeerIdentity& identity, const pki::RolePolicy& policy
) {
    constexpr std::string_view one_project = "upload:";
    std::vector<verify::ProjectName> projects;
    for (const std::string& role : policy.roles_of(identity)) {
        if (role == "upload") {
            return UploadPermit{identity.uri, std::nullopt};
        }
        if (role.starts_with(one_project)) {
            if (auto project = verify::parse_project_name(role.substr(one_project.size()))) {
                projects.push_back(*std::move(project));
            }
        }
    }
    return projects.empty() ? std::nullopt
                            : std::optional(UploadPermit{identity.uri, std::move(projects)});
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
    const auto& identity = request.peer.identity;
    std::optional<UploadPermit> of_certificate;
    if (identity != nullptr && !identity->uri.empty()) {
        of_certificate = permit_of(*identity, roles.policy);
    }
    const auto field = request.headers.find("Authorization");
    const auto shown = field ? credentials_of(*field) : Credentials::none;
    if (shown == Credentials::token || (shown == Credentials::foreign && !of_certificate)) {
        const auto text = token_of_basic(*field);
        const UploadToken* token = text ? find_token(tokens, text_of(text->expose())) : nullptr;
        if (token == nullptr) {
            return bad_token(of_certificate);
        }
        return UploadPermit{"token " + token->id, token->projects};
    }
    if (of_certificate) {
        return *std::move(of_certificate);
    }
    return who_are_you();
}

}  // namespace heliograph::mirror
