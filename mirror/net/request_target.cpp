// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/request_target.hpp>

#include <cstdint>

namespace heliograph::mirror {

namespace {

Error bad_target(std::string_view why) {
    return {
        ErrorCode::malformed, "expected a request path in normal form, but " + std::string(why)};
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return (c >= 'A' && c <= 'F') ? c - 'A' + 10 : -1;
}

enum class EncodedSlash { refused, decoded };

Result<std::string> percent_decode(std::string_view encoded, EncodedSlash slash) {
    std::string decoded;
    decoded.reserve(encoded.size());
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] != '%') {
            decoded += encoded[i];
            continue;
        }
        const int high = i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : -1;
        const int low = i + 2 < encoded.size() ? hex_digit(encoded[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return bad_target("it holds a broken percent escape");
        }
        const char byte = static_cast<char>(high * 16 + low);
        if (byte == '/' && slash == EncodedSlash::refused) {
            return bad_target("it holds an encoded slash");
        }
        decoded += byte;
        i += 2;
    }
    return decoded;
}

// Length of the UTF-8 sequence at the front, 0 when there is none. RFC 3629 section 4.
std::size_t utf8_sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto tail = [&](std::size_t i, int low, int high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const std::uint8_t first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return tail(1, 0x80, 0xbf) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        const bool second = tail(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
        return second && tail(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool second = tail(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
        return second && tail(2, 0x80, 0xbf) && tail(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

bool has_dot_segment(std::string_view path) {
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto segment = path.substr(0, slash);
        if (segment == "." || segment == "..") {
            return true;
        }
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
    return false;
}

}  // namespace

Result<RequestTarget> split_target(std::string_view target) {
    for (const char c : target) {
        if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\') {
            return bad_target("it holds a character that must be percent-encoded");
        }
    }
    if (!target.starts_with('/')) {
        const bool plain = target.starts_with("http://");
        const auto slash = target.find('/', plain ? 7 : 8);
        if ((!plain && !target.starts_with("https://")) || slash == std::string_view::npos) {
            return bad_target("it does not begin with a slash");
        }
        target.remove_prefix(slash);
    }
    const auto mark = target.find('?');
    const bool queried = mark != std::string_view::npos;
    return RequestTarget{
        target.substr(0, mark), queried ? target.substr(mark + 1) : std::string_view()};
}

Result<std::string> decode_path(std::string_view encoded) {
    HG_TRY(std::string path, percent_decode(encoded, EncodedSlash::refused));
    if (!path.starts_with('/')) {
        return bad_target("it does not begin with a slash");
    }
    for (std::size_t i = 0; i < path.size();) {
        const std::size_t length = utf8_sequence(std::string_view(path).substr(i));
        if (length == 0) {
            return bad_target("it is not UTF-8");
        }
        if (length == 1 && (path[i] < 0x20 || path[i] == 0x7f || path[i] == '\\')) {
            return bad_target("it holds a control character or backslash");
        }
        i += length;
    }
    if (has_dot_segment(path)) {
        return bad_target("it holds a . or .. segment");
    }
    return path;
}

Result<std::optional<std::string>> query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        if (pair.substr(0, equals) == name) {
            const auto raw =
                equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
            HG_TRY(std::string value, percent_decode(raw, EncodedSlash::decoded));
            return std::optional(std::move(value));
        }
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    }
    return std::optional<std::string>();
}

}  // namespace heliograph::mirror
