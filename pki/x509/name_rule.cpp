// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/name_rule.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

Error refused(std::string_view what, std::string_view text) {
    return {
        ErrorCode::invalid_argument, "expected " + std::string(what) + ", saw " + in_quotes(text)};
}

bool is_label_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), is_label_character);
}

bool is_number(std::string_view label) {
    return std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string shown(text.substr(0, 80));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?'
    );
    return "'" + shown + "'";
}

Result<std::string> normal_dns_name(std::string_view text, Wildcard wildcard) {
    const bool is_foreign = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x7f;
    });
    const std::string_view form =
        is_foreign
            ? "a DNS name of letters, digits, hyphens and dots, with labels xn--... for others"
            : "a DNS name of letters, digits, hyphens and dots such as mirror.example.org";
    std::string name(text.substr(0, 254));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (name.empty() || name.size() > 253) {
        return refused(form, text);
    }
    std::string_view rest = name;
    const bool starred = rest.starts_with("*.");
    if (starred) {
        rest.remove_prefix(2);
        if (wildcard == Wildcard::refused || rest.find('.') == std::string_view::npos) {
            return refused("no wildcard, or one above two labels such as *.example.org", text);
        }
    }
    for (;;) {
        const std::size_t dot = rest.find('.');
        const std::string_view label = rest.substr(0, dot);
        if (!is_label(label)) {
            return refused(form, text);
        }
        if (dot == std::string_view::npos) {
            // A name that ends in digits would be read as an address by some (RFC 3696, section 2).
            if (is_number(label)) {
                return refused(form, text);
            }
            return name;
        }
        rest.remove_prefix(dot + 1);
    }
}

Outcome check_uri(std::string_view text) {
    const std::size_t colon = text.find(':');
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    const bool scheme =
        colon != std::string_view::npos && colon > 0 && text.front() >= 'a' &&
        text.front() <= 'z' &&
        std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
            return is_label_character(c) || c == '+' || c == '.';
        });
    if (!printable || !scheme || text.size() > 2048 || colon + 1 == text.size()) {
        return refused("an absolute URI such as spiffe://example.org/client/build", text);
    }
    return {};
}

Result<std::string> normal_email(std::string_view text) {
    constexpr std::string_view form = "an e-mail address such as build@example.org";
    constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~.";
    const std::size_t at = text.find('@');
    const std::string_view local = text.substr(0, at);
    const bool plain = std::all_of(local.begin(), local.end(), [marks](char c) {
        return is_label_character(c) || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
    const bool dotted = local.starts_with('.') || local.ends_with('.') ||
                        local.find("..") != std::string_view::npos;
    if (at == std::string_view::npos || local.empty() || local.size() > 64 || !plain || dotted) {
        return refused(form, text);
    }
    const auto domain = normal_dns_name(text.substr(at + 1), Wildcard::refused);
    if (!domain) {
        return refused(form, text);
    }
    return std::string(local) + "@" + *domain;
}

Outcome check_display_name(std::string_view text) {
    const bool clean = std::none_of(text.begin(), text.end(), [](char c) {
        return (c >= 0 && c < 0x20) || c == 0x7f;
    });
    if (text.empty() || text.size() > 64 || !clean) {
        return refused("a name of 1 to 64 characters without control characters", text);
    }
    return {};
}

}  // namespace heliograph::pki
