// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/requirement_text.hpp>
#include <mirror/fetch/requirements_file.hpp>
#include <pki/base/blank.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <string>

namespace heliograph::mirror {

namespace {

enum class HashRule { as_found, required };

/// A line with its continuations joined and its comment cut off.
struct LogicalLine {
    std::size_t number = 0;  ///< Of its first physical line, from 1.
    std::string text;
};

// The text has lines that end with LF or CRLF alone: see check_plain_lines().
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::string_view without_comment(std::string_view line) {
    for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') {
            return line.substr(0, at);
        }
    }
    return line;
}

std::vector<LogicalLine> logical_lines(std::string_view rest) {
    std::vector<LogicalLine> lines;
    std::size_t number = 0;
    while (!rest.empty()) {
        LogicalLine line{number + 1, {}};
        bool goes_on = true;
        while (goes_on && !rest.empty()) {
            ++number;
            auto piece = take_line(rest);
            const bool is_comment = trim_blanks(piece).starts_with('#');
            goes_on = piece.ends_with('\\') && !is_comment;
            piece.remove_suffix(goes_on ? 1U : 0U);
            line.text += is_comment ? std::string_view() : piece;
        }
        line.text = trim_blanks(without_comment(line.text));
        if (!line.text.empty()) {
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!(text = trim_blanks(text)).empty()) {
        const auto end = std::min(text.find_first_of(" \t"), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

/// Reads the file line by line.
class RequirementsReader {
  public:
    Outcome take(const LogicalLine& line) {
        HG_CHECK(take(line.text));
        m_file.lines.resize(m_file.requirements.size(), line.number);
        return {};
    }

    RequirementsFile take_all() { return std::move(m_file); }

    Result<RequirementsFile> finish() {
        const auto& all = m_file.requirements;
        const bool hashed = m_rule == HashRule::required ||
                            std::any_of(all.begin(), all.end(), [](const Requirement& one) {
                                return !one.hashes.empty();
                            });
        for (const auto& requirement : all) {
            if (hashed &&
                (requirement.hashes.empty() || !requirement.versions.pins_exact_version())) {
                return Error(
                    ErrorCode::malformed,
                    "expected every requirement to pin one version with == and to have hashes, "
                    "since one has, saw " +
                        requirement.text()
                );
            }
        }
        return std::move(m_file);
    }

  private:
    Outcome take(std::string_view line) {
        if (line.find("${") != std::string_view::npos) {
            return refuse("a value", "a variable of the environment", line);
        }
        if (line.starts_with('-')) {
            return take_option(line);
        }
        const auto first_slash = line.find('/');
        if (line.starts_with('.') || (first_slash != std::string_view::npos &&
                                      first_slash < line.find_first_of(";@<>=! "))) {
            return refuse("a project of the index", "a path or URL", line);
        }
        return take_requirement(line);
    }

    static Error refuse(
        const std::string& expected, const std::string& seen, std::string_view line
    ) {
        return {
            ErrorCode::unsupported,
            "expected " + expected + ", saw " + seen + " in '" + verify::printable(line) + "'"};
    }

    Outcome take_option(std::string_view line) {
        const auto words = words_of(line);
        const auto equals = words[0].find('=');
        const auto name = words[0].substr(0, equals);
        std::string value = equals == std::string::npos ? "" : words[0].substr(equals + 1);
        if (equals == std::string::npos && words.size() == 2) {
            value = words[1];
        }
        if (name == "--require-hashes" && words.size() == 1 && equals == std::string::npos) {
            m_rule = HashRule::required;
            return {};
        }
        const bool one_value =
            !value.empty() && words.size() == (equals == std::string::npos ? 2U : 1U);
        if (name == "--no-binary" && one_value) {
            m_file.formats.no_binary.push_back(std::move(value));
            return {};
        }
        if (name == "--only-binary" && one_value) {
            m_file.formats.only_binary.push_back(std::move(value));
            return {};
        }
        return refuse(
            "requirements, --require-hashes, --no-binary or --only-binary (mirrors come from "
            "--mirrors)",
            "another option",
            line
        );
    }

    Outcome take_requirement(std::string_view line) {
        const auto options = line.find(" --");
        HG_TRY(auto requirement, parse_requirement(line.substr(0, options)));
        if (options != std::string_view::npos) {
            HG_CHECK(take_hashes(line.substr(options), requirement));
        }
        m_file.requirements.push_back(std::move(requirement));
        if (m_file.requirements.size() > requirements_in_file) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(requirements_in_file) +
                    " requirements, saw more"
            );
        }
        return {};
    }

    static Outcome take_hashes(std::string_view text, Requirement& requirement) {
        constexpr std::string_view option = "--hash";
        const auto words = words_of(text);
        if (words.size() > 2 * hashes_of_requirement) {
            return Error(ErrorCode::too_large, "expected fewer hashes of one requirement");
        }
        for (std::size_t i = 0; i < words.size(); ++i) {
            std::string_view hash = words[i];
            if (hash == option && i + 1 < words.size()) {
                hash = words[++i];
            } else if (hash.starts_with("--hash=")) {
                hash.remove_prefix(option.size() + 1);
            } else {
                return refuse("--hash=sha256:...", "another option", words[i]);
            }
            HG_CHECK(take_hash(hash, requirement));
        }
        if (requirement.hashes.empty()) {
            return refuse("a SHA-256 among the hashes", "only others", text);
        }
        return {};
    }

    static Outcome take_hash(std::string_view hash, Requirement& requirement) {
        const auto colon = hash.find(':');
        const auto algorithm = hash.substr(0, colon);
        if (colon == std::string_view::npos || algorithm.empty()) {
            return Error(
                ErrorCode::malformed,
                "expected --hash=sha256:DIGITS, saw '" + verify::printable(hash) + "'"
            );
        }
        // Another algorithm says the same of the same files; the index states SHA-256.
        if (algorithm != "sha256") {
            return {};
        }
        HG_TRY(auto digest, pki::Sha256::parse_hex(hash.substr(colon + 1)));
        requirement.hashes.push_back(digest);
        return {};
    }

    RequirementsFile m_file;
    HashRule m_rule = HashRule::as_found;
};

Outcome read_lines(RequirementsReader& reader, std::string_view text) {
    if (text.size() > requirements_file_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a requirements file of at most " + std::to_string(requirements_file_bytes) +
                " bytes, saw " + std::to_string(text.size())
        );
    }
    HG_TRY(const auto plain, requirement_text(text));
    HG_CHECK(check_plain_lines(plain));
    for (const auto& line : logical_lines(plain)) {
        auto taken = reader.take(line);
        if (!taken) {
            return std::move(taken).error().at("line " + std::to_string(line.number));
        }
    }
    return {};
}

}  // namespace

Result<RequirementsFile> parse_requirements_file(std::string_view text) {
    RequirementsReader reader;
    HG_CHECK(read_lines(reader, text));
    return reader.finish();
}

Result<RequirementsFile> parse_partly_hashed_requirements(std::string_view text) {
    RequirementsReader reader;
    HG_CHECK(read_lines(reader, text));
    return reader.take_all();
}

}  // namespace heliograph::mirror
