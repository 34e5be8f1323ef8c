// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/specifier.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::verify {

namespace {

using Operator = SpecifierOperator;

Error malformed_clause(std::string_view clause, std::string_view expected) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " in a version specifier, saw '" + printable(clause) +
            "'"};
}

/// A version split as PEP 440 compares prefixes: epoch, release numbers, then pre, post and dev as
/// one part each.
struct PrefixParts {
    std::vector<std::string> release;
    std::vector<std::string> suffix;
};

PrefixParts prefix_parts(const Version& version) {
    PrefixParts parts;
    for (const VersionNumber& number : version.release()) {
        parts.release.push_back(number.text());
    }
    if (version.pre()) {
        parts.suffix.push_back(
            std::to_string(static_cast<int>(version.pre()->kind)) + "p" +
            version.pre()->number.text()
        );
    }
    if (version.post()) {
        parts.suffix.push_back("post" + version.post()->text());
    }
    if (version.dev()) {
        parts.suffix.push_back("dev" + version.dev()->text());
    }
    return parts;
}

/// Whether @p version begins with @p prefix, after its release is padded with zeros to the prefix's
/// length.
/// @source PEP 440, "Version matching".
bool has_prefix(const Version& version, const Version& prefix) {
    if (version.epoch() != prefix.epoch()) {
        return false;
    }
    PrefixParts whole = prefix_parts(version);
    const PrefixParts wanted = prefix_parts(prefix);
    if (whole.release.size() < wanted.release.size()) {
        whole.release.resize(wanted.release.size(), "0");
    }
    std::vector<std::string> begin = wanted.release;
    begin.insert(begin.end(), wanted.suffix.begin(), wanted.suffix.end());
    std::vector<std::string> all = whole.release;
    all.insert(all.end(), whole.suffix.begin(), whole.suffix.end());
    return all.size() >= begin.size() && std::equal(begin.begin(), begin.end(), all.begin());
}

/// `==V`: the candidate's local part only counts when V has one.
bool equals(const Version& candidate, const Version& wanted) {
    return wanted.local().empty() ? candidate.without_local() == wanted : candidate == wanted;
}

/// `~=V`: at least V, and the release less its last number as a prefix.
bool is_compatible(const Version& candidate, const Version& wanted) {
    if (candidate.without_local() < wanted || candidate.epoch() != wanted.epoch()) {
        return false;
    }
    const std::size_t kept = wanted.release().size() - 1;
    for (std::size_t i = 0; i < kept; ++i) {
        const VersionNumber number =
            i < candidate.release().size() ? candidate.release()[i] : VersionNumber{};
        if (number != wanted.release()[i]) {
            return false;
        }
    }
    return true;
}

/// `>V` leaves out post-releases and local versions of V itself, unless V is a post-release.
bool is_greater(const Version& candidate, const Version& wanted) {
    if (candidate <= wanted) {
        return false;
    }
    if (candidate.base() != wanted.base()) {
        return true;
    }
    return (wanted.is_postrelease() || !candidate.is_postrelease()) && candidate.local().empty();
}

/// `<V` leaves out pre-releases of V itself, unless V is a pre-release.
bool is_less(const Version& candidate, const Version& wanted) {
    return candidate < wanted && (wanted.is_prerelease() || !candidate.is_prerelease() ||
                                  candidate.base() != wanted.base());
}

bool clause_accepts(const SpecifierClause& clause, const Version& candidate) {
    if (clause.op == Operator::identical) {
        return ascii::to_lower(candidate.text()) == ascii::to_lower(clause.text);
    }
    const Version& wanted = *clause.version;
    const bool prefix = clause.match == SpecifierMatch::prefix;
    switch (clause.op) {
        case Operator::equal:
            return prefix ? has_prefix(candidate, wanted) : equals(candidate, wanted);
        case Operator::not_equal:
            return !(prefix ? has_prefix(candidate, wanted) : equals(candidate, wanted));
        case Operator::compatible:
            return is_compatible(candidate, wanted);
        case Operator::at_least:
            return candidate.without_local() >= wanted;
        case Operator::at_most:
            return candidate.without_local() <= wanted;
        case Operator::greater:
            return is_greater(candidate, wanted);
        case Operator::less:
            return is_less(candidate, wanted);
        case Operator::identical:
            break;
    }
    return false;
}

struct OperatorWord {
    std::string_view word;
    Operator op;
};

/// Longer words first.
constexpr std::array<OperatorWord, 8> operator_words{{
    {"===", Operator::identical},
    {"==", Operator::equal},
    {"!=", Operator::not_equal},
    {"~=", Operator::compatible},
    {">=", Operator::at_least},
    {"<=", Operator::at_most},
    {">", Operator::greater},
    {"<", Operator::less},
}};

std::string_view operator_word(Operator op) {
    return std::find_if(
               operator_words.begin(),
               operator_words.end(),
               [&](const auto& entry) { return entry.op == op; }
    )->word;
}

Outcome check_operand(const SpecifierClause& clause, std::string_view whole) {
    const bool may_match_loosely = clause.op == Operator::equal || clause.op == Operator::not_equal;
    const Version& version = *clause.version;
    if (clause.match == SpecifierMatch::prefix &&
        (!may_match_loosely || version.dev() || !version.local().empty())) {
        return malformed_clause(
            whole, "'.*' only after == or != and a version without dev and local part"
        );
    }
    if (!version.local().empty() && !may_match_loosely) {
        return malformed_clause(whole, "a local part only after == or !=");
    }
    if (clause.op == Operator::compatible && version.release().size() < 2) {
        return malformed_clause(whole, "at least two release numbers after ~=");
    }
    return {};
}

Result<SpecifierClause> parse_clause(std::string_view whole) {
    const std::string_view text = ascii::trim(whole);
    const auto entry =
        std::find_if(operator_words.begin(), operator_words.end(), [&](const auto& candidate) {
            return text.starts_with(candidate.word);
        });
    if (entry == operator_words.end()) {
        return malformed_clause(whole, "one of the operators == != ~= >= <= > < ===");
    }
    SpecifierClause clause;
    clause.op = entry->op;
    std::string_view operand = ascii::trim(text.substr(entry->word.size()));
    clause.text = operand;
    if (clause.op == Operator::identical) {
        const bool printable_word =
            !operand.empty() &&
            std::all_of(operand.begin(), operand.end(), [](char c) { return c > ' ' && c <= '~'; });
        if (!printable_word) {
            return malformed_clause(whole, "one word of ASCII after ===");
        }
        return clause;
    }
    if (operand.ends_with(".*")) {
        clause.match = SpecifierMatch::prefix;
        operand.remove_suffix(2);
        if (operand.empty() || ascii::is_space(operand.back())) {
            return malformed_clause(whole, "a version before '.*'");
        }
    }
    HG_TRY(auto version, parse_version(operand));
    clause.version = std::move(version);
    HG_CHECK(check_operand(clause, whole));
    return clause;
}

}  // namespace

bool SpecifierSet::accepts(const Version& version) const {
    return std::all_of(m_clauses.begin(), m_clauses.end(), [&](const SpecifierClause& clause) {
        return clause_accepts(clause, version);
    });
}

bool SpecifierSet::names_prerelease() const {
    return std::any_of(m_clauses.begin(), m_clauses.end(), [](const SpecifierClause& clause) {
        if (clause.op == Operator::not_equal) {
            return false;
        }
        if (clause.op == Operator::identical) {
            const auto version = parse_version(clause.text);
            return version.has_value() && version->is_prerelease();
        }
        return clause.version->is_prerelease();
    });
}

bool SpecifierSet::pins_exact_version() const {
    return std::any_of(m_clauses.begin(), m_clauses.end(), [](const SpecifierClause& clause) {
        return clause.op == Operator::identical ||
               (clause.op == Operator::equal && clause.match == SpecifierMatch::exact);
    });
}

std::string SpecifierSet::text() const {
    std::string text;
    for (const SpecifierClause& clause : m_clauses) {
        text += (text.empty() ? "" : ",") + std::string(operator_word(clause.op)) + clause.text;
    }
    return text;
}

Result<SpecifierSet> parse_specifier_set(std::string_view text) {
    if (text.size() > limits::specifier_chars) {
        return Error(
            ErrorCode::too_large,
            "expected a version specifier of at most " + std::to_string(limits::specifier_chars) +
                " characters, saw " + std::to_string(text.size())
        );
    }
    SpecifierSet set;
    if (ascii::trim(text).empty()) {
        return set;
    }
    std::string_view rest = text;
    while (true) {
        const std::size_t comma = rest.find(',');
        const std::string_view piece = rest.substr(0, comma);
        // Empty pieces are skipped, as installers do: published metadata has `>=2.7,,!=3.0.*` and
        // final commas.
        if (!ascii::trim(piece).empty()) {
            HG_TRY(auto clause, parse_clause(piece));
            set.m_clauses.push_back(std::move(clause));
        }
        if (set.m_clauses.size() > limits::specifier_clauses) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(limits::specifier_clauses) +
                    " clauses in a version specifier, saw more"
            );
        }
        if (comma == std::string_view::npos) {
            return set;
        }
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace heliograph::verify
