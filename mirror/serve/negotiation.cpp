// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/negotiation.hpp>
#include <pki/base/blank.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

char lower(char c) {
    return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

std::string lowered(std::string_view text) {
    std::string copy(text);
    std::transform(copy.begin(), copy.end(), copy.begin(), lower);
    return copy;
}

// Gives the part before the separator and leaves what is behind it. Quoted parts are kept whole.
std::string_view take(std::string_view& rest, char separator) {
    bool quoted = false;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (quoted && rest[i] == '\\') {
            ++i;
        } else if (rest[i] == '"') {
            quoted = !quoted;
        } else if (rest[i] == separator && !quoted) {
            const auto part = rest.substr(0, i);
            rest.remove_prefix(i + 1);
            return trim_blanks(part);
        }
    }
    const auto part = rest;
    rest = {};
    return trim_blanks(part);
}

// `0`, `1`, `0.5`, `1.000`: RFC 9110 section 12.4.2.
std::optional<int> parse_quality(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) {
        return std::nullopt;
    }
    int thousandths = text[0] == '1' ? 1000 : 0;
    if (text.size() > 1 && text[1] != '.') {
        return std::nullopt;
    }
    int weight = 100;
    for (std::size_t i = 2; i < text.size(); ++i, weight /= 10) {
        if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        thousandths += (text[i] - '0') * weight;
    }
    return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

std::optional<MediaRange> parse_range(std::string_view element) {
    const std::string_view name = take(element, ';');
    const auto slash = name.find('/');
    if (slash == std::string_view::npos || !is_token(name.substr(0, slash)) ||
        !is_token(name.substr(slash + 1))) {
        return std::nullopt;
    }
    MediaRange range{lowered(name.substr(0, slash)), lowered(name.substr(slash + 1))};
    if (range.type == "*" && range.subtype != "*") {
        return std::nullopt;
    }
    while (!element.empty()) {
        const std::string_view parameter = take(element, ';');
        if (parameter.size() >= 2 && lower(parameter[0]) == 'q' && parameter[1] == '=') {
            const auto quality = parse_quality(parameter.substr(2));
            if (!quality) {
                return std::nullopt;
            }
            range.quality = *quality;
        }
    }
    return range;
}

// How closely a range names an offer; 0 means not at all.
int closeness(const MediaRange& range, PageType offer) {
    const bool html = offer == PageType::text_html;
    if (range.type == "*") {
        return 1;
    }
    if (range.type != (html ? "text" : "application")) {
        return 0;
    }
    if (range.subtype == "*") {
        return 2;
    }
    switch (offer) {
        case PageType::json:
            return range.subtype == "vnd.pypi.simple.v1+json" ||
                           range.subtype == "vnd.pypi.simple.latest+json"
                       ? 3
                       : 0;
        case PageType::html_v1:
            return range.subtype == "vnd.pypi.simple.v1+html" ||
                           range.subtype == "vnd.pypi.simple.latest+html"
                       ? 3
                       : 0;
        case PageType::text_html:
            break;
    }
    return range.subtype == "html" ? 3 : 0;
}

struct Match {
    int quality = 0;
    int closeness = 0;
};

// The closest range decides over an offer, even when it says q=0.
Match match(const std::vector<MediaRange>& ranges, PageType offer) {
    Match best;
    for (const MediaRange& range : ranges) {
        const int close = closeness(range, offer);
        if (close > best.closeness) {
            best = {range.quality, close};
        }
    }
    return best;
}

int rank_among_equals(PageType offer, int how_close) {
    if (how_close == 1) {
        return offer == PageType::text_html ? 2 : offer == PageType::json ? 1 : 0;
    }
    return offer == PageType::json ? 2 : offer == PageType::html_v1 ? 1 : 0;
}

}  // namespace

std::string_view content_type(PageType type) {
    switch (type) {
        case PageType::json:
            return verify::page_media_type(verify::PageForm::json);
        case PageType::html_v1:
            return "application/vnd.pypi.simple.v1+html";
        case PageType::text_html:
            break;
    }
    return verify::page_media_type(verify::PageForm::html);
}

verify::PageForm page_form(PageType type) {
    return type == PageType::json ? verify::PageForm::json : verify::PageForm::html;
}

std::vector<MediaRange> parse_accept(std::string_view field) {
    std::vector<MediaRange> ranges;
    while (!field.empty()) {
        if (auto range = parse_range(take(field, ','))) {
            ranges.push_back(*std::move(range));
        }
    }
    return ranges;
}

std::string render_accept(const std::vector<MediaRange>& ranges) {
    std::string text;
    for (const MediaRange& range : ranges) {
        text += text.empty() ? "" : ", ";
        text += range.type + "/" + range.subtype;
        if (range.quality < 1000) {
            const std::string digits = std::to_string(range.quality);
            text += ";q=0." + std::string(3 - digits.size(), '0') + digits;
        }
    }
    return text;
}

std::optional<PageType> choose_page_type(const PageWish& wish) {
    // A format names one type exactly; it is read like an Accept field that holds nothing else.
    const auto ranges =
        wish.format ? parse_accept(*wish.format) : parse_accept(wish.accept.value_or("*/*"));
    std::optional<PageType> chosen;
    Match best;
    for (const PageType offer : {PageType::json, PageType::html_v1, PageType::text_html}) {
        const Match found = match(ranges, offer);
        if (found.quality == 0) {
            continue;
        }
        const bool better =
            !chosen || found.quality > best.quality ||
            (found.quality == best.quality && (found.closeness > best.closeness ||
                                               (found.closeness == best.closeness &&
                                                rank_among_equals(offer, found.closeness) >
                                                    rank_among_equals(*chosen, best.closeness))));
        if (better) {
            chosen = offer;
            best = found;
        }
    }
    return chosen;
}

}  // namespace heliograph::mirror
