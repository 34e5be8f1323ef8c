// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/version.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::verify {

namespace {

std::string_view pre_word(PreKind kind) {
    switch (kind) {
        case PreKind::alpha:
            return "a";
        case PreKind::beta:
            return "b";
        case PreKind::candidate:
            return "rc";
    }
    return "rc";
}

/// The release without trailing zeros, since `1.0` and `1` are equal.
std::size_t significant_size(const std::vector<VersionNumber>& release) {
    std::size_t size = release.size();
    while (size > 0 && release[size - 1].is_zero()) {
        --size;
    }
    return size;
}

std::strong_ordering compare_releases(
    const std::vector<VersionNumber>& left, const std::vector<VersionNumber>& right
) {
    const auto left_end = left.begin() + static_cast<std::ptrdiff_t>(significant_size(left));
    const auto right_end = right.begin() + static_cast<std::ptrdiff_t>(significant_size(right));
    return std::lexicographical_compare_three_way(left.begin(), left_end, right.begin(), right_end);
}

/// Where a version stands before its number is looked at: 1.0.dev1 < 1.0a1 < 1.0 (and 1.0.post1).
int pre_rank(const Version& version) {
    if (version.pre()) {
        return 1;
    }
    return !version.post() && version.dev() ? 0 : 2;
}

/// A text segment stands before a number; a shorter local version before the longer one it begins.
/// @source PEP 440, "Local version identifiers".
std::strong_ordering compare_local_segments(const std::string& left, const std::string& right) {
    const bool left_is_number = ascii::is_all_digits(left);
    const bool right_is_number = ascii::is_all_digits(right);
    if (left_is_number != right_is_number) {
        return left_is_number ? std::strong_ordering::greater : std::strong_ordering::less;
    }
    return left_is_number ? VersionNumber(left) <=> VersionNumber(right) : left <=> right;
}

std::strong_ordering compare_locals(const Version& left, const Version& right) {
    return std::lexicographical_compare_three_way(
        left.local().begin(),
        left.local().end(),
        right.local().begin(),
        right.local().end(),
        compare_local_segments
    );
}

}  // namespace

VersionNumber::VersionNumber(std::string_view digits) {
    HG_ASSERT(ascii::is_all_digits(digits));
    while (digits.size() > 1 && digits.front() == '0') {
        digits.remove_prefix(1);
    }
    m_digits = digits;
}

std::strong_ordering operator<=>(const VersionNumber& left, const VersionNumber& right) {
    if (left.m_digits.size() != right.m_digits.size()) {
        return left.m_digits.size() <=> right.m_digits.size();
    }
    return left.m_digits <=> right.m_digits;
}

std::strong_ordering operator<=>(const Version& left, const Version& right) {
    if (const auto order = left.m_epoch <=> right.m_epoch; order != 0) {
        return order;
    }
    if (const auto order = compare_releases(left.m_release, right.m_release); order != 0) {
        return order;
    }
    if (const auto order = pre_rank(left) <=> pre_rank(right); order != 0) {
        return order;
    }
    if (const auto order = left.m_pre <=> right.m_pre; order != 0) {
        return order;
    }
    // An absent post stands before every post, as an empty optional does.
    if (const auto order = left.m_post <=> right.m_post; order != 0) {
        return order;
    }
    // An absent dev stands after every dev: the other way round.
    if (left.m_dev.has_value() != right.m_dev.has_value()) {
        return left.m_dev ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    if (const auto order = left.m_dev <=> right.m_dev; order != 0) {
        return order;
    }
    return compare_locals(left, right);
}

std::string Version::text() const {
    std::string text;
    if (!m_epoch.is_zero()) {
        text += m_epoch.text() + "!";
    }
    for (std::size_t i = 0; i < m_release.size(); ++i) {
        text += (i == 0 ? "" : ".") + m_release[i].text();
    }
    if (m_pre) {
        text += pre_word(m_pre->kind);
        text += m_pre->number.text();
    }
    if (m_post) {
        text += ".post" + m_post->text();
    }
    if (m_dev) {
        text += ".dev" + m_dev->text();
    }
    for (std::size_t i = 0; i < m_local.size(); ++i) {
        text += (i == 0 ? "+" : ".") + m_local[i];
    }
    return text;
}

Version Version::without_local() const {
    Version version = *this;
    version.m_local.clear();
    return version;
}

Version Version::base() const {
    Version version;
    version.m_epoch = m_epoch;
    version.m_release = m_release;
    return version;
}

/// Reads the parts of PEP 440's grammar from left to right; each reader takes its part or nothing.
class VersionReader {
  public:
    explicit VersionReader(std::string_view text) : m_rest(text) {}

    /// Whether the whole text was a version.
    bool read() {
        take_one_of("vV");
        if (!read_epoch_and_release()) {
            return false;
        }
        read_pre();
        read_post();
        read_dev();
        return read_local() && m_rest.empty();
    }

    Version take() && { return std::move(m_version); }

  private:
    bool take_one_of(std::string_view characters) {
        if (m_rest.empty() || characters.find(m_rest.front()) == std::string_view::npos) {
            return false;
        }
        m_rest.remove_prefix(1);
        return true;
    }

    bool take_word(std::string_view lower_case_word) {
        if (ascii::to_lower(m_rest.substr(0, lower_case_word.size())) != lower_case_word) {
            return false;
        }
        m_rest.remove_prefix(lower_case_word.size());
        return true;
    }

    std::optional<VersionNumber> take_number() {
        const auto end = std::find_if_not(m_rest.begin(), m_rest.end(), ascii::is_digit);
        const auto size = static_cast<std::size_t>(end - m_rest.begin());
        if (size == 0) {
            return std::nullopt;
        }
        const VersionNumber number(m_rest.substr(0, size));
        m_rest.remove_prefix(size);
        return number;
    }

    bool read_epoch_and_release() {
        auto number = take_number();
        if (!number) {
            return false;
        }
        if (take_one_of("!")) {
            m_version.m_epoch = *number;
            number = take_number();
            if (!number) {
                return false;
            }
        }
        m_version.m_release.push_back(*number);
        while (m_rest.size() > 1 && m_rest[0] == '.' && ascii::is_digit(m_rest[1])) {
            m_rest.remove_prefix(1);
            m_version.m_release.push_back(*take_number());
        }
        return true;
    }

    /// After a word: an optional separator, and an optional number. The standard's grammar takes a
    /// separator without a number too (`1.0a.`).
    VersionNumber number_after_word() {
        take_one_of(".-_");
        return take_number().value_or(VersionNumber{});
    }

    void read_pre() {
        // Longer words first: `c` begins none of the others, `a` begins `alpha`, `pre` begins
        // `preview`.
        static constexpr std::array<std::pair<std::string_view, PreKind>, 8> words{{
            {"alpha", PreKind::alpha},
            {"a", PreKind::alpha},
            {"beta", PreKind::beta},
            {"b", PreKind::beta},
            {"preview", PreKind::candidate},
            {"pre", PreKind::candidate},
            {"c", PreKind::candidate},
            {"rc", PreKind::candidate},
        }};
        const std::string_view before = m_rest;
        take_one_of(".-_");
        for (const auto& [word, kind] : words) {
            if (take_word(word)) {
                m_version.m_pre = Version::Pre{kind, number_after_word()};
                return;
            }
        }
        m_rest = before;
    }

    void read_post() {
        const std::string_view before = m_rest;
        if (take_one_of("-")) {
            if (const auto number = take_number()) {
                m_version.m_post = number;
                return;
            }
            m_rest = before;
        }
        take_one_of(".-_");
        if (take_word("post") || take_word("rev") || take_word("r")) {
            m_version.m_post = number_after_word();
            return;
        }
        m_rest = before;
    }

    void read_dev() {
        const std::string_view before = m_rest;
        take_one_of(".-_");
        if (take_word("dev")) {
            m_version.m_dev = number_after_word();
            return;
        }
        m_rest = before;
    }

    bool read_local() {
        if (!take_one_of("+")) {
            return true;
        }
        do {
            const auto end = std::find_if_not(m_rest.begin(), m_rest.end(), ascii::is_alphanumeric);
            const auto size = static_cast<std::size_t>(end - m_rest.begin());
            if (size == 0) {
                return false;
            }
            const std::string_view segment = m_rest.substr(0, size);
            m_version.m_local.push_back(
                ascii::is_all_digits(segment) ? VersionNumber(segment).text()
                                              : ascii::to_lower(segment)
            );
            m_rest.remove_prefix(size);
        } while (take_one_of(".-_"));
        return true;
    }

    std::string_view m_rest;
    Version m_version;
};

Result<Version> parse_version(std::string_view text) {
    const auto too_long = [](std::size_t size) {
        return Error(
            ErrorCode::too_large,
            "expected a version of at most " + std::to_string(limits::version_chars) +
                " characters, saw " + std::to_string(size)
        );
    };
    if (text.size() > limits::version_chars) {
        return too_long(text.size());
    }
    VersionReader reader(ascii::trim(text));
    if (!reader.read()) {
        return Error(
            ErrorCode::malformed, "expected a version by PEP 440, saw '" + printable(text) + "'"
        );
    }
    Version version = std::move(reader).take();
    // The normal form is a little longer than the shortest spelling (`1-1` is `1.post1`); it must
    // be readable again too.
    constexpr std::size_t longest_growth = 16;
    if (text.size() + longest_growth > limits::version_chars) {
        if (const std::size_t size = version.text().size(); size > limits::version_chars) {
            return too_long(size);
        }
    }
    return version;
}

}  // namespace heliograph::verify
