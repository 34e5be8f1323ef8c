// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/html_guard.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace heliograph::verify {

namespace {

constexpr std::size_t depth_limit = 16;
constexpr std::size_t attribute_limit = 16;
constexpr std::size_t element_limit = 2 * limits::page_files + 64;

constexpr std::array<std::string_view, 4> void_elements{"br", "hr", "link", "meta"};
constexpr std::array<std::string_view, 7> paired_elements{
    "a", "body", "h1", "head", "html", "p", "title"};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr bool is_attribute_character(char c) {
    return ascii::is_alphanumeric(c) || c == '-' || c == ':' || c == '_';
}

class Guard {
  public:
    explicit Guard(std::string_view text) : m_text(text) {}

    Outcome run() {
        while (true) {
            const std::size_t next = m_text.find('<', m_at);
            if (next == std::string_view::npos) {
                break;
            }
            m_at = next;
            HG_CHECK(markup());
        }
        if (!m_open.empty()) {
            return refuse("every element closed");
        }
        return {};
    }

  private:
    [[nodiscard]] Error refuse(std::string_view expected) const {
        return {
            ErrorCode::malformed,
            "expected " + std::string(expected) + " in the HTML page, saw '" +
                printable(m_text.substr(m_at, 40)) + "' at byte " + std::to_string(m_at)};
    }

    [[nodiscard]] char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }

    bool take(char wanted) {
        if (peek() != wanted) {
            return false;
        }
        ++m_at;
        return true;
    }

    bool skip_spaces() {
        const std::size_t before = m_at;
        while (m_at < m_text.size() && ascii::is_space(m_text[m_at])) {
            ++m_at;
        }
        return m_at != before;
    }

    Outcome markup() {
        static constexpr std::string_view comment_start = "<!--";
        static constexpr std::string_view doctype = "<!doctype html>";
        const std::string_view rest = m_text.substr(m_at);
        if (rest.starts_with(comment_start)) {
            return comment();
        }
        if (m_at == 0 && ascii::to_lower(rest.substr(0, doctype.size())) == doctype) {
            m_at += doctype.size();
            return {};
        }
        ++m_at;
        return take('/') ? closing_tag() : opening_tag();
    }

    Outcome comment() {
        const std::size_t begin = m_at + 4;
        const std::size_t dashes = m_text.find("--", begin);
        const bool plain = dashes != std::string_view::npos &&
                           m_text.substr(dashes).starts_with("-->") && m_text[begin] != '>' &&
                           !m_text.substr(begin).starts_with("->");
        if (!plain) {
            return refuse("a plain comment");
        }
        m_at = dashes + 3;
        return {};
    }

    std::string element_name() {
        const std::size_t begin = m_at;
        while (m_at < m_text.size() && ascii::is_alphanumeric(m_text[m_at])) {
            ++m_at;
        }
        return ascii::to_lower(m_text.substr(begin, m_at - begin));
    }

    Outcome closing_tag() {
        const std::string name = element_name();
        skip_spaces();
        if (!take('>') || m_open.empty() || m_open.back() != name) {
            return refuse("elements closed in the order of their opening");
        }
        m_open.pop_back();
        return {};
    }

    Outcome opening_tag() {
        const std::string name = element_name();
        const bool is_void = holds(void_elements, name);
        if (!is_void && !holds(paired_elements, name)) {
            return refuse("only the elements of an index page");
        }
        if (++m_elements > element_limit) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(element_limit) +
                    " elements in the HTML page, saw more"
            );
        }
        HG_CHECK(attributes());
        if (is_void) {
            static_cast<void>(take('/'));
        }
        if (!take('>')) {
            return refuse("the end of a tag");
        }
        if (!is_void) {
            m_open.push_back(name);
            if (m_open.size() > depth_limit) {
                return refuse("elements at most " + std::to_string(depth_limit) + " deep");
            }
        }
        return {};
    }

    Outcome attributes() {
        for (std::size_t count = 0; skip_spaces() && is_attribute_character(peek()); ++count) {
            if (count == attribute_limit) {
                return refuse("at most " + std::to_string(attribute_limit) + " attributes");
            }
            while (is_attribute_character(peek())) {
                ++m_at;
            }
            if (!take('=')) {
                continue;
            }
            const char quote = peek();
            if (quote != '"' && quote != '\'') {
                return refuse("a quoted attribute value");
            }
            const std::size_t end = m_text.find(quote, m_at + 1);
            if (end == std::string_view::npos) {
                return refuse("the end of an attribute value");
            }
            m_at = end + 1;
        }
        return {};
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_elements = 0;
    std::vector<std::string> m_open;
};

}  // namespace

Outcome guard_html(std::string_view text) {
    return Guard(text).run();
}

}  // namespace heliograph::verify
