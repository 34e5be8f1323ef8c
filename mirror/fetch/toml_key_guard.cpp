// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/toml_key_guard.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace heliograph::mirror {

namespace {

// Where a reader of TOML and this one disagree about strings, keys could hide. After what is an
// error in TOML the library reads no further, so only texts without one matter.
class KeyScanner {
  public:
    explicit KeyScanner(std::string_view text) : m_text(text) {}

    Outcome scan() {
        while (m_at < m_text.size()) {
            const char byte = m_text[m_at];
            if (byte == '"' || byte == '\'') {
                skip_string(byte);
            } else if (byte == '#') {
                m_at = std::min(m_text.find('\n', m_at), m_text.size());
            } else {
                HG_CHECK(take(byte));
                ++m_at;
            }
        }
        return {};
    }

  private:
    Outcome take(char byte) {
        switch (byte) {
            case '{':
            case '[':
                // A value is inside of its key: what is nested there adds to the key's dots.
                m_outside.push_back(m_dots_outside);
                m_dots_outside = m_dots;
                break;
            case '}':
            case ']':
                if (!m_outside.empty()) {
                    m_dots_outside = m_outside.back();
                    m_outside.pop_back();
                }
                break;
            case ',':
            case '\n':
                m_dots = m_dots_outside;
                break;
            case '.':
                ++m_dots;
                break;
            default:
                break;
        }
        if (m_dots > toml_key_dots) {
            return refuse(std::to_string(toml_key_dots) + " dots in a key and its table");
        }
        if (m_outside.size() > toml_open_brackets) {
            return refuse(std::to_string(toml_open_brackets) + " open brackets");
        }
        return {};
    }

    [[nodiscard]] Error refuse(const std::string& most) const {
        const auto before = m_text.substr(0, m_at);
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        return {
            ErrorCode::malformed,
            "expected at most " + most + ", saw more in line " + std::to_string(line)};
    }

    void skip_string(char quote) {
        const std::size_t opening = quotes_here(quote, 3);
        if (opening == 2) {
            m_at += 2;  // Empty.
            return;
        }
        m_at += opening;
        while (m_at < m_text.size()) {
            const char byte = m_text[m_at];
            if (byte == '\\' && quote == '"') {
                m_at += 2;
            } else if (byte == '\n' && opening == 1) {
                return;  // No TOML.
            } else if (byte == quote) {
                // Two quotes may stand directly before the three that end a string of many lines.
                const std::size_t closing = quotes_here(quote, opening == 1 ? 1 : 5);
                m_at += closing;
                if (closing >= opening) {
                    return;
                }
            } else {
                ++m_at;
            }
        }
    }

    [[nodiscard]] std::size_t quotes_here(char quote, std::size_t most) const {
        const auto end = std::min(m_text.find_first_not_of(quote, m_at), m_text.size());
        return std::min(end - m_at, most);
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_dots = 0;              ///< Of this key and of those around it.
    std::size_t m_dots_outside = 0;      ///< Of those around it.
    std::vector<std::size_t> m_outside;  ///< The same of each open bracket.
};

}  // namespace

Outcome check_toml_keys(std::string_view text) {
    return KeyScanner(text).scan();
}

}  // namespace heliograph::mirror
