// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/upload_token.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <pki/crypto/random.hpp>
#include <pki/crypto/wipe.hpp>

#include <algorithm>
#include <array>

namespace heliograph::mirror {

namespace {

constexpr std::string_view token_format = "heliograph-upload-tokens-1";
constexpr std::string_view token_prefix = "hgt_";
constexpr std::size_t id_chars = 12;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_chars = 43;
constexpr std::uint64_t token_file_bytes = 8U * 1024U * 1024U;

bool is_id(std::string_view text) {
    return text.size() == id_chars &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_label(std::string_view text) {
    return text.size() <= token_limits::label_chars &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

JsonValue to_json(const UploadToken& token) {
    JsonValue projects;
    if (token.projects) {
        JsonArray names;
        for (const auto& project : *token.projects) {
            names.push_back(project.text());
        }
        projects = std::move(names);
    }
    return JsonObject{
        {"id", token.id},
        {"sha256", token.secret_digest.to_hex()},
        {"projects", std::move(projects)},
        {"created", format_rfc3339(token.created)},
        {"label", token.label}};
}

Result<std::optional<std::vector<verify::ProjectName>>> parse_projects(const JsonValue& object) {
    const JsonValue* member = object.find("projects");
    if (member != nullptr && member->is_null()) {
        return std::optional<std::vector<verify::ProjectName>>();
    }
    // A member that is missing must not mean "everywhere".
    HG_TRY(const auto* const names, object.array_member("projects"));
    if (names->empty() || names->size() > token_limits::projects) {
        return Error(ErrorCode::malformed, "expected 1 to 1000 projects of a token, or null");
    }
    std::vector<verify::ProjectName> projects;
    for (const auto& name : *names) {
        if (name.if_text() == nullptr) {
            return Error(ErrorCode::malformed, "expected the projects of a token to be names");
        }
        HG_TRY(auto project, verify::parse_normalised_name(*name.if_text()));
        projects.push_back(std::move(project));
    }
    return std::optional(std::move(projects));
}

Result<UploadToken> parse_token(const JsonValue& object) {
    UploadToken token;
    HG_TRY(token.id, object.text_member("id"));
    HG_TRY(token.label, object.text_member("label"));
    if (!is_id(token.id) || !is_label(token.label)) {
        return Error(
            ErrorCode::malformed, "expected a token's id of 12 hex digits and a plain label"
        );
    }
    HG_TRY(const auto digest, object.text_member("sha256"));
    HG_TRY(token.secret_digest, pki::Sha256::parse_hex(digest));
    HG_TRY(const auto created, object.text_member("created"));
    HG_TRY(token.created, parse_rfc3339(created));
    HG_TRY(token.projects, parse_projects(object));
    return token;
}

}  // namespace

Result<NewToken> make_token(const TokenRequest& request, Instant now) {
    if (!is_label(request.label)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a label of at most 100 printable ASCII characters, saw another"
        );
    }
    if (request.projects &&
        (request.projects->empty() || request.projects->size() > token_limits::projects)) {
        return Error(ErrorCode::invalid_argument, "expected 1 to 1000 projects for a token");
    }
    HG_TRY(auto id, pki::random_hex(id_chars / 2));
    SecretBytes random(secret_bytes);
    HG_CHECK(pki::fill_random(random.writable()));
    // These texts are short lived copies of the secret; the one that leaves is wiped by its owner.
    std::string secret = encode_base64url(random.expose());
    NewToken made{
        .record =
            {.id = id,
             .secret_digest = pki::sha256(bytes_of(secret)),
             .projects = request.projects,
             .created = now,
             .label = request.label},
        .text = SecretBytes(token_prefix.size() + id_chars + 1 + secret_chars)};
    HG_ASSERT(secret.size() == secret_chars);
    auto place = made.text.writable().begin();
    for (const std::string_view part :
         {token_prefix, std::string_view(id), std::string_view("_"), std::string_view(secret)}) {
        const auto bytes = bytes_of(part);
        place = std::copy(bytes.begin(), bytes.end(), place);
    }
    pki::wipe(std::as_writable_bytes(std::span(secret)));
    return made;
}

const UploadToken* find_token(const std::vector<UploadToken>& tokens, std::string_view shown) {
    if (shown.size() != token_prefix.size() + id_chars + 1 + secret_chars ||
        !shown.starts_with(token_prefix) || shown[token_prefix.size() + id_chars] != '_') {
        return nullptr;
    }
    const std::string_view id = shown.substr(token_prefix.size(), id_chars);
    const pki::Sha256 digest =
        pki::sha256(bytes_of(shown.substr(token_prefix.size() + id_chars + 1)));
    const auto found = std::find_if(tokens.begin(), tokens.end(), [&](const UploadToken& token) {
        return token.id == id;
    });
    if (found == tokens.end() ||
        !equal_in_constant_time(found->secret_digest.span(), digest.span())) {
        return nullptr;
    }
    return &*found;
}

std::string render_tokens(const std::vector<UploadToken>& tokens) {
    JsonArray list;
    for (const auto& token : tokens) {
        list.push_back(to_json(token));
    }
    return render_json(
               JsonValue(JsonObject{{"format", token_format}, {"tokens", std::move(list)}}),
               JsonLayout::indented
           ) +
           "\n";
}

Result<std::vector<UploadToken>> parse_tokens(std::string_view text) {
    HG_TRY(
        const auto document,
        parse_json(text, {.text_bytes = token_file_bytes, .depth = 8, .values = 2'000'000})
    );
    HG_TRY(const auto format, document.text_member("format"));
    if (format != token_format) {
        return Error(
            ErrorCode::unsupported,
            "expected upload tokens of format " + std::string(token_format) + ", saw another"
        );
    }
    HG_TRY(const auto* const list, document.array_member("tokens"));
    if (list->size() > token_limits::tokens) {
        return Error(ErrorCode::too_large, "expected at most 1000 upload tokens, saw more");
    }
    std::vector<UploadToken> tokens;
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto token = parse_token((*list)[i]);
        if (!token) {
            return std::move(token).error().at("tokens[" + std::to_string(i) + "]");
        }
        tokens.push_back(*std::move(token));
    }
    return tokens;
}

std::filesystem::path token_path(const std::filesystem::path& folder) {
    return folder / "keys" / "upload-tokens.json";
}

Result<std::vector<UploadToken>> read_tokens(const std::filesystem::path& folder) {
    const auto path = token_path(folder);
    const auto text = read_secret_file(path, token_file_bytes);
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) {
            return std::vector<UploadToken>();
        }
        return text.error();
    }
    auto tokens = parse_tokens(text_of(text->expose()));
    if (!tokens) {
        return std::move(tokens).error().at(path.string());
    }
    return tokens;
}

Outcome write_tokens(const std::filesystem::path& folder, const std::vector<UploadToken>& tokens) {
    return write_file_atomically(
        token_path(folder), bytes_of(render_tokens(tokens)), FileAccess::owner_only
    );
}

}  // namespace heliograph::mirror
