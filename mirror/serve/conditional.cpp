// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/conditional.hpp>
#include <pki/base/blank.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace heliograph::mirror {

namespace {

// Tags hold no comma of ours: an element that is cut by one simply does not match.
bool lists_tag(std::string_view list, std::string_view etag) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        auto tag = trim_blanks(list.substr(0, comma));
        if (tag.starts_with("W/")) {
            tag.remove_prefix(2);  // The comparison of If-None-Match is weak.
        }
        if (tag == etag || tag == "*") {
            return true;
        }
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
    return false;
}

// None for anything but digits alone.
std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

Selection select_range(std::string_view field, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!field.starts_with(unit) || field.find(',') != std::string_view::npos) {
        return {};
    }
    field.remove_prefix(unit.size());
    const auto dash = field.find('-');
    if (dash == std::string_view::npos) {
        return {};
    }
    const auto first_text = trim_blanks(field.substr(0, dash));
    const auto last_text = trim_blanks(field.substr(dash + 1));
    const auto first = number_of(first_text);
    const auto last = number_of(last_text);
    if (first_text.empty()) {
        if (!last) {
            return {};
        }
        const std::uint64_t length = std::min(*last, size);
        return length == 0 ? Selection{Wanted::unsatisfiable}
                           : Selection{Wanted::part, size - length, length};
    }
    if (!first || (!last_text.empty() && (!last || *last < *first))) {
        return {};
    }
    if (*first >= size) {
        return {Wanted::unsatisfiable};
    }
    const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
    return {Wanted::part, *first, end - *first + 1};
}

}  // namespace

Selection select(const HttpRequest& request, const Validator& document) {
    if (const auto known = request.headers.joined("If-None-Match")) {
        // RFC 9110 section 13.2.2: whoever sends a tag gets an answer about it.
        if (lists_tag(*known, document.etag)) {
            return {Wanted::not_modified};
        }
    }
    const auto range = request.headers.find("Range");
    if (!range || document.ranges == Ranges::none || request.method != Method::get ||
        request.headers.count("Range") != 1) {
        return {};
    }
    const auto if_range = request.headers.find("If-Range");
    if (if_range && trim_blanks(*if_range) != document.etag) {
        return {};
    }
    return select_range(*range, document.size_bytes);
}

}  // namespace heliograph::mirror
