// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/gate/base_url.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::string_view format_name = "heliograph-trust-1";
constexpr JsonLimits json_limits{
    .text_bytes = limits::trust_bundle_bytes, .depth = 8, .values = 10'000};
constexpr std::size_t name_limit = 200;

Error malformed(std::string_view expected, std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " in the trust bundle, saw '" + printable(seen) +
            "'"};
}

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Unknown members are refused: whoever wrote one meant a demand that would silently not be met.
Outcome check_members(const JsonObject& object) {
    static constexpr std::array<std::string_view, 6> known{
        "format", "name", "roots", "mirrors", "tuf-root", "log-policy"};
    for (const auto& [member, value] : object) {
        if (std::find(known.begin(), known.end(), member) == known.end()) {
            return malformed("only the members of " + std::string(format_name), member);
        }
    }
    return {};
}

Outcome check_reserved(const JsonValue& document, std::string_view member) {
    const JsonValue* value = document.find(member);
    if (value != nullptr && !value->is_null()) {
        return Error(
            ErrorCode::unsupported,
            "expected '" + std::string(member) +
                "' of the trust bundle to be null, saw a demand that this version cannot check; "
                "use a newer heliograph"
        );
    }
    return {};
}

Result<std::vector<pki::Certificate>> read_roots(const JsonValue& document) {
    HG_TRY(auto texts, document.array_member("roots"));
    if (texts->empty() || texts->size() > limits::trust_roots) {
        return malformed(
            "1 to " + std::to_string(limits::trust_roots) + " roots",
            std::to_string(texts->size()) + " roots"
        );
    }
    std::vector<pki::Certificate> roots;
    for (const JsonValue& value : *texts) {
        const std::string* text = value.if_text();
        if (text == nullptr) {
            return malformed("roots as PEM texts", "another kind of value");
        }
        HG_TRY(auto root, pki::Certificate::parse_pem(*text));
        if (!root.is_ca()) {
            return malformed("roots that are CA certificates", root.subject());
        }
        roots.push_back(std::move(root));
    }
    return roots;
}

Result<std::vector<std::string>> read_mirrors(const JsonValue& document) {
    std::vector<std::string> mirrors;
    HG_TRY(auto texts, document.array_member("mirrors"));
    if (texts->size() > limits::mirrors) {
        return malformed(
            "at most " + std::to_string(limits::mirrors) + " mirrors",
            std::to_string(texts->size()) + " mirrors"
        );
    }
    for (const JsonValue& value : *texts) {
        const std::string* text = value.if_text();
        if (text == nullptr || !is_base_url(*text)) {
            return malformed(
                "mirrors as http or https URLs without credentials",
                text == nullptr ? "another kind of value" : *text
            );
        }
        mirrors.push_back(*text);
    }
    return mirrors;
}

}  // namespace

Result<TrustBundle> parse_trust_bundle(std::string_view text) {
    HG_TRY(auto document, parse_json(text, json_limits));
    HG_TRY(auto format, document.text_member("format"));
    if (format != format_name) {
        return Error(
            ErrorCode::unsupported,
            "expected a trust bundle of format " + std::string(format_name) + ", saw '" +
                printable(format) + "'"
        );
    }
    HG_CHECK(check_members(*document.if_object()));
    HG_CHECK(check_reserved(document, "tuf-root"));
    HG_CHECK(check_reserved(document, "log-policy"));
    TrustBundle bundle;
    HG_TRY(bundle.name, document.text_member("name"));
    if (bundle.name.empty() || bundle.name.size() > name_limit ||
        !is_printable_ascii(bundle.name)) {
        return malformed("a name of 1 to 200 printable ASCII characters", bundle.name);
    }
    HG_TRY(bundle.roots, read_roots(document));
    HG_TRY(bundle.mirrors, read_mirrors(document));
    return bundle;
}

std::string render_trust_bundle(const TrustBundle& bundle) {
    JsonArray roots;
    for (const pki::Certificate& root : bundle.roots) {
        roots.emplace_back(root.to_pem());
    }
    JsonArray mirrors;
    for (const std::string& mirror : bundle.mirrors) {
        mirrors.emplace_back(mirror);
    }
    const JsonObject document{
        {"format", format_name},
        {"name", bundle.name},
        {"roots", std::move(roots)},
        {"mirrors", std::move(mirrors)},
        {"tuf-root", JsonValue{}},
        {"log-policy", JsonValue{}},
    };
    return render_json(document, JsonLayout::indented) + "\n";
}

pki::Sha256 trust_fingerprint(ByteSpan file) {
    return pki::sha256(file);
}

std::string format_fingerprint(const pki::Sha256& fingerprint) {
    const std::string hex = fingerprint.to_hex();
    std::string text;
    for (std::size_t i = 0; i < hex.size(); i += 4) {
        text += (i == 0 ? "" : ":") + hex.substr(i, 4);
    }
    return text;
}

std::vector<pki::Sha256> authority_ids(const TrustBundle& bundle) {
    std::vector<pki::Sha256> ids;
    for (const pki::Certificate& root : bundle.roots) {
        ids.push_back(pki::sha256(root.fingerprint().span()));
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

}  // namespace heliograph::verify
