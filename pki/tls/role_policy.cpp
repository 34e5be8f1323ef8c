// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <pki/tls/role_policy.hpp>
#include <pki/x509/name_rule.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

constexpr std::string_view format_name = "heliograph-roles-1";

// Where the path begins, or none for a URI without scheme and authority.
std::optional<std::size_t> path_place(std::string_view uri) {
    const auto mark = uri.find("://");
    const bool printable =
        std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (mark == std::string_view::npos || mark == 0 || !printable || uri.size() > 2048) {
        return std::nullopt;
    }
    const auto place = std::min(uri.find('/', mark + 3), uri.size());
    return place == mark + 3 ? std::nullopt : std::optional(place);
}

// Two programs agree on what such a path is below.
bool is_plain_path(std::string_view path) {
    return path.find('%') == std::string_view::npos && path.find("//") == std::string_view::npos &&
           path.find("/./") == std::string_view::npos &&
           path.find("/../") == std::string_view::npos && !path.ends_with("/.") &&
           !path.ends_with("/..") && path.find_first_of("?#\\") == std::string_view::npos;
}

bool is_role(std::string_view role) {
    return !role.empty() && role.size() <= 128 && role.front() >= 'a' && role.front() <= 'z' &&
           std::all_of(role.begin(), role.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                      c == '-' || c == ':';
           });
}

Outcome check_rule(const RoleRule& rule) {
    const auto place = path_place(rule.uri);
    if (!place) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a URI such as spiffe://example/client/build, saw " + in_quotes(rule.uri)
        );
    }
    if (rule.match == UriMatch::prefix &&
        (!rule.uri.ends_with('/') || !is_plain_path(std::string_view(rule.uri).substr(*place)))) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a prefix that ends with a slash behind its host, such as "
            "spiffe://example/client/, saw " +
                in_quotes(rule.uri)
        );
    }
    if (rule.roles.empty()) {
        return Error(
            ErrorCode::invalid_argument, "expected roles for " + in_quotes(rule.uri) + ", saw none"
        );
    }
    for (const std::string& role : rule.roles) {
        if (!is_role(role)) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a role of lower-case letters, digits and . _ - : such as upload, saw " +
                    in_quotes(role)
            );
        }
    }
    return {};
}

bool matches(const RoleRule& rule, const PeerIdentity& identity) {
    if (identity.uri.empty() || (rule.key && *rule.key != identity.key)) {
        return false;
    }
    if (rule.match == UriMatch::exact) {
        return identity.uri == rule.uri;
    }
    const auto place = path_place(identity.uri);
    return place && identity.uri.size() > rule.uri.size() && identity.uri.starts_with(rule.uri) &&
           is_plain_path(std::string_view(identity.uri).substr(*place));
}

// A member that we do not know may narrow what we would then give too freely.
Outcome check_members(const JsonValue& value, std::span<const std::string_view> known) {
    const JsonObject* const object = value.if_object();
    if (object == nullptr) {
        return Error(ErrorCode::malformed, "expected an object, saw another value");
    }
    for (const JsonMember& member : *object) {
        if (std::find(known.begin(), known.end(), member.first) == known.end()) {
            return Error(
                ErrorCode::malformed, "expected known members only, saw " + in_quotes(member.first)
            );
        }
    }
    return {};
}

Result<RoleRule> read_rule(const JsonValue& value) {
    constexpr std::array<std::string_view, 4> known{"uri", "prefix", "roles", "key"};
    HG_CHECK(check_members(value, known));
    RoleRule rule;
    const bool exact = value.find("uri") != nullptr;
    if (exact == (value.find("prefix") != nullptr)) {
        return Error(
            ErrorCode::malformed, "expected either uri or prefix in a rule, saw both or neither"
        );
    }
    rule.match = exact ? UriMatch::exact : UriMatch::prefix;
    HG_TRY(rule.uri, value.text_member(exact ? "uri" : "prefix"));
    HG_TRY(const JsonArray* const roles, value.array_member("roles"));
    for (const JsonValue& role : *roles) {
        const std::string* const text = role.if_text();
        if (text == nullptr) {
            return Error(ErrorCode::malformed, "expected roles as texts, saw another value");
        }
        rule.roles.push_back(*text);
    }
    if (value.find("key") != nullptr) {
        HG_TRY(const std::string key, value.text_member("key"));
        HG_TRY(rule.key, Sha256::parse_hex(key));
    }
    return rule;
}

}  // namespace

Result<RolePolicy> RolePolicy::make(std::vector<RoleRule> rules) {
    if (rules.size() > role_rule_limit) {
        return Error(ErrorCode::invalid_argument, "expected at most 4096 rules, saw more");
    }
    for (const RoleRule& rule : rules) {
        HG_CHECK(check_rule(rule));
    }
    RolePolicy policy;
    policy.m_rules = std::move(rules);
    return policy;
}

Result<RolePolicy> RolePolicy::parse(std::string_view text) {
    HG_TRY(
        const JsonValue document,
        parse_json(text, {.text_bytes = role_policy_limit_bytes, .depth = 4, .values = 100'000})
    );
    constexpr std::array<std::string_view, 2> known{"format", "rules"};
    HG_CHECK(check_members(document, known));
    const auto format = document.text_member("format");
    if (!format || *format != format_name) {
        return Error(
            ErrorCode::malformed,
            "expected a policy {\"format\": \"heliograph-roles-1\", \"rules\": [...]}, saw " +
                (format ? "the format " + in_quotes(*format) : "no text under \"format\"") +
                "; see 'pki whoami --help'"
        );
    }
    HG_TRY(const JsonArray* const list, document.array_member("rules"));
    std::vector<RoleRule> rules;
    for (const JsonValue& value : *list) {
        auto rule = read_rule(value);
        if (!rule) {
            return std::move(rule).error().at("rule " + std::to_string(rules.size() + 1));
        }
        rules.push_back(*std::move(rule));
    }
    auto policy = make(std::move(rules));
    if (!policy) {
        return Error(ErrorCode::malformed, policy.error().message());
    }
    return policy;
}

Result<RolePolicy> RolePolicy::load(const std::filesystem::path& file) {
    HG_TRY(const Bytes text, read_file(file, role_policy_limit_bytes));
    auto policy = parse(text_of(text));
    if (!policy) {
        return std::move(policy).error().at(file.string());
    }
    return policy;
}

std::vector<std::string> RolePolicy::roles_of(const PeerIdentity& identity) const {
    std::vector<std::string> roles;
    for (const RoleRule& rule : m_rules) {
        if (matches(rule, identity)) {
            roles.insert(roles.end(), rule.roles.begin(), rule.roles.end());
        }
    }
    std::sort(roles.begin(), roles.end());
    roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
    return roles;
}

bool RolePolicy::grants(const PeerIdentity& identity, std::string_view role) const {
    return std::any_of(m_rules.begin(), m_rules.end(), [&](const RoleRule& rule) {
        return std::find(rule.roles.begin(), rule.roles.end(), role) != rule.roles.end() &&
               matches(rule, identity);
    });
}

}  // namespace heliograph::pki
