// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <verify/gate/base_url.hpp>
#include <verify/gate/mirrors_document.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::string_view mirrors_format = "heliograph-mirrors-1";
constexpr std::size_t index_name_limit = 200;
constexpr JsonLimits mirrors_json{
    .text_bytes = mirrors_document_bytes, .depth = 4, .values = 10 * limits::mirrors};

Error mirrors_malformed(std::string_view expected, std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " in the list of mirrors, saw '" + printable(seen) +
            "'"};
}

// Whoever wrote an unknown member meant something by it that would silently not be met.
Outcome check_known(const JsonObject& object, std::initializer_list<std::string_view> known) {
    for (const auto& [member, value] : object) {
        if (std::find(known.begin(), known.end(), member) == known.end()) {
            return mirrors_malformed("only the members of " + std::string(mirrors_format), member);
        }
    }
    return {};
}

struct NumberRange {
    std::int64_t least;
    std::int64_t most;
    std::int64_t usual;
};

Result<unsigned> read_number(
    const JsonValue& mirror, std::string_view member, const NumberRange& range
) {
    if (mirror.find(member) == nullptr) {
        return static_cast<unsigned>(range.usual);
    }
    HG_TRY(const auto number, mirror.integer_member(member));
    if (number < range.least || number > range.most) {
        return mirrors_malformed(
            std::string(member) + " of " + std::to_string(range.least) + " to " +
                std::to_string(range.most),
            std::to_string(number)
        );
    }
    return static_cast<unsigned>(number);
}

Result<PublishedMirror> read_mirror(const JsonValue& value) {
    if (value.if_object() == nullptr) {
        return mirrors_malformed("mirrors as objects", "another kind of value");
    }
    HG_CHECK(check_known(*value.if_object(), {"url", "priority", "weight", "region"}));
    PublishedMirror mirror;
    HG_TRY(mirror.url, value.text_member("url"));
    if (!is_base_url(mirror.url) || mirror.url.back() != '/' ||
        mirror.url.find_first_of("?#") != std::string::npos) {
        return mirrors_malformed(
            "mirrors as http or https URLs that end with '/', without credentials", mirror.url
        );
    }
    HG_TRY(mirror.priority, read_number(value, "priority", {0, last_priority, 0}));
    HG_TRY(mirror.weight, read_number(value, "weight", {1, most_weight, usual_weight}));
    if (value.find("region") != nullptr) {
        HG_TRY(mirror.region, value.text_member("region"));
        if (!is_region(mirror.region)) {
            return mirrors_malformed("regions of two capital letters", mirror.region);
        }
    }
    return mirror;
}

Result<std::vector<PublishedMirror>> read_published(const JsonValue& document) {
    HG_TRY(const auto* values, document.array_member("mirrors"));
    if (values->empty() || values->size() > limits::mirrors) {
        return mirrors_malformed(
            "1 to " + std::to_string(limits::mirrors) + " mirrors",
            std::to_string(values->size()) + " mirrors"
        );
    }
    std::vector<PublishedMirror> mirrors;
    std::set<std::string> urls;
    for (const JsonValue& value : *values) {
        HG_TRY(auto mirror, read_mirror(value));
        if (!urls.insert(mirror.url).second) {
            return mirrors_malformed("each mirror once", mirror.url);
        }
        mirrors.push_back(std::move(mirror));
    }
    return mirrors;
}

}  // namespace

bool is_region(std::string_view text) {
    return text.size() == 2 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<MirrorsDocument> parse_mirrors_document(std::string_view text) {
    HG_TRY(const auto value, parse_json(text, mirrors_json));
    HG_TRY(const auto format, value.text_member("format"));
    if (format != mirrors_format) {
        return Error(
            ErrorCode::unsupported,
            "expected a list of mirrors of format " + std::string(mirrors_format) + ", saw '" +
                printable(format) + "'"
        );
    }
    HG_CHECK(check_known(*value.if_object(), {"format", "index", "serial", "expires", "mirrors"}));
    MirrorsDocument document;
    HG_TRY(document.index, value.text_member("index"));
    const auto& index = document.index;
    if (index.empty() || index.size() > index_name_limit ||
        !std::all_of(index.begin(), index.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
        return mirrors_malformed("the index's name of 1 to 200 printable ASCII characters", index);
    }
    HG_TRY(const auto serial, value.integer_member("serial"));
    if (serial < 1) {
        return mirrors_malformed("a serial of 1 or more", std::to_string(serial));
    }
    document.serial = static_cast<std::uint64_t>(serial);
    HG_TRY(const auto expires, value.text_member("expires"));
    HG_TRY(document.expires, parse_rfc3339(expires));
    HG_TRY(document.mirrors, read_published(value));
    return document;
}

std::string render_mirrors_document(const MirrorsDocument& document) {
    JsonArray mirrors;
    for (const auto& mirror : document.mirrors) {
        JsonObject entry{
            {"url", mirror.url}, {"priority", mirror.priority}, {"weight", mirror.weight}};
        if (!mirror.region.empty()) {
            entry.emplace_back("region", mirror.region);
        }
        mirrors.emplace_back(std::move(entry));
    }
    const JsonObject whole{
        {"format", mirrors_format},
        {"index", document.index},
        {"serial", document.serial},
        {"expires", format_rfc3339(document.expires)},
        {"mirrors", std::move(mirrors)}};
    return render_json(whole, JsonLayout::indented) + "\n";
}

}  // namespace heliograph::verify
