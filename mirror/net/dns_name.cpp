// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/dns_name.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

constexpr std::size_t dns_name_chars = 253;
constexpr std::size_t dns_label_chars = 63;

char lowered(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_label_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_dns_label(std::string_view label) {
    return !label.empty() && label.size() <= dns_label_chars && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), is_label_char);
}

}  // namespace

Result<DnsName> DnsName::parse(std::string_view text) {
    DnsName name;
    for (const char c : text.substr(0, text.size() - (text.ends_with('.') ? 1U : 0U))) {
        name.m_text += lowered(c);
    }
    std::string_view rest = name.m_text;
    bool is_sound = !rest.empty() && rest.size() <= dns_name_chars;
    while (is_sound && !rest.empty()) {
        const auto dot = rest.find('.');
        is_sound = is_dns_label(rest.substr(0, dot)) && dot != rest.size() - 1;
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    if (!is_sound) {
        return Error(
            ErrorCode::malformed,
            "expected a name in the DNS, saw '" + verify::printable(text) + "'"
        );
    }
    return name;
}

std::string_view DnsName::first_label() const {
    return std::string_view(m_text).substr(0, m_text.find('.'));
}

bool DnsName::is_below(const DnsName& zone) const {
    return m_text.size() > zone.m_text.size() + 1 && m_text.ends_with(zone.m_text) &&
           m_text[m_text.size() - zone.m_text.size() - 1] == '.';
}

bool DnsName::is_child_of(const DnsName& zone) const {
    return is_below(zone) && first_label().size() + 1 + zone.m_text.size() == m_text.size();
}

Result<DnsName> DnsName::child(std::string_view label) const {
    return parse(std::string(label) + "." + m_text);
}

}  // namespace heliograph::mirror
