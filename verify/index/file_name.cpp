// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/file_name.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::verify {

namespace {

Error malformed_name(std::string_view text, std::string_view expected) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + ", saw '" + printable(text) + "'"};
}

constexpr bool is_name_character(char c) {
    return ascii::is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '!';
}

/// Names that some systems take for devices whatever ending they have: `nul.zip` writes to nowhere.
bool is_device_name(std::string_view text) {
    const auto short_stem = text.substr(0, text.find('.'));
    if (short_stem.size() != 3 && short_stem.size() != 4) {
        return false;
    }
    const std::string stem = ascii::to_lower(short_stem);
    static constexpr std::array<std::string_view, 4> devices{"con", "prn", "aux", "nul"};
    if (std::find(devices.begin(), devices.end(), stem) != devices.end()) {
        return true;
    }
    return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
           ascii::is_digit(stem[3]);
}

// Pieces of the text itself: names of thousands of files are read for each page.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    parts.reserve(6);
    while (true) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

/// One dotted tag set, `py2.py3`.
Result<std::vector<std::string_view>> tag_set(std::string_view text) {
    auto parts = split(text, '.');
    for (const auto part : parts) {
        const bool good = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            return ascii::is_alphanumeric(c) || c == '_';
        });
        if (!good) {
            return malformed_name(text, "a wheel tag of letters, digits and '_', joined by dots");
        }
    }
    return parts;
}

Result<std::vector<WheelTag>> expand_tags(const std::vector<std::string_view>& parts) {
    HG_TRY(auto pythons, tag_set(parts[parts.size() - 3]));
    HG_TRY(auto abis, tag_set(parts[parts.size() - 2]));
    HG_TRY(auto platforms, tag_set(parts[parts.size() - 1]));
    // Each set has at most 128 parts, since a name has at most 255 bytes: no overflow.
    const std::size_t count = pythons.size() * abis.size() * platforms.size();
    if (count > limits::wheel_tags) {
        return Error(
            ErrorCode::too_large,
            "expected a wheel name with at most " + std::to_string(limits::wheel_tags) +
                " tags, saw " + std::to_string(count)
        );
    }
    std::vector<WheelTag> tags;
    tags.reserve(count);
    for (const auto python : pythons) {
        for (const auto abi : abis) {
            for (const auto platform : platforms) {
                tags.push_back({std::string(python), std::string(abi), std::string(platform)});
            }
        }
    }
    return tags;
}

Outcome check_characters(std::string_view text) {
    if (text.empty()) {
        return malformed_name(text, "a file name");
    }
    if (text.size() > limits::file_name_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a file name of at most " + std::to_string(limits::file_name_bytes) +
                " bytes, saw " + std::to_string(text.size())
        );
    }
    const auto is_allowed = [](char c) { return is_name_character(c); };
    if (!std::all_of(text.begin(), text.end(), is_allowed) ||
        !ascii::is_alphanumeric(text.front())) {
        return malformed_name(
            text, "a file name of letters, digits and . _ - + ! only, without any folder"
        );
    }
    if (is_device_name(text)) {
        return malformed_name(text, "a file name that no system takes for a device");
    }
    return {};
}

struct WheelParts {
    std::string_view name;
    std::string_view version;
    std::string build;
    std::vector<WheelTag> tags;
};

Result<WheelParts> split_wheel(std::string_view stem, const std::vector<std::string_view>& parts) {
    if (parts.size() != 5 && parts.size() != 6) {
        return malformed_name(stem, "a wheel name of five or six parts joined by '-'");
    }
    WheelParts wheel;
    wheel.name = parts[0];
    wheel.version = parts[1];
    // Dashes of a name become single underscores in a wheel's name; two in a row have no meaning
    // there.
    if (wheel.name.find("__") != std::string_view::npos) {
        return malformed_name(stem, "a wheel name without '__'");
    }
    if (parts.size() == 6) {
        wheel.build = parts[2];
        const bool good = !wheel.build.empty() && ascii::is_digit(wheel.build.front()) &&
                          std::all_of(wheel.build.begin(), wheel.build.end(), [](char c) {
                              return ascii::is_alphanumeric(c) || c == '_' || c == '.';
                          });
        if (!good) {
            return malformed_name(stem, "a build number that begins with a digit");
        }
    }
    HG_TRY(wheel.tags, expand_tags(parts));
    return wheel;
}

/// The stem of a source archive's name and whether there is one.
std::optional<std::string_view> sdist_stem(std::string_view text) {
    static constexpr std::array<std::string_view, 2> endings{".tar.gz", ".zip"};
    for (const std::string_view ending : endings) {
        if (text.ends_with(ending)) {
            return text.substr(0, text.size() - ending.size());
        }
    }
    return std::nullopt;
}

}  // namespace

DistFileName::DistFileName(std::string text, FileKind kind, ProjectName project, Version version)
    : m_text(std::move(text)),
      m_kind(kind),
      m_project(std::move(project)),
      m_version(std::move(version)) {
}

Result<DistFileName> parse_dist_file_name(std::string_view text) {
    HG_CHECK(check_characters(text));
    static constexpr std::string_view wheel_ending = ".whl";
    if (text.ends_with(wheel_ending)) {
        const std::string_view stem = text.substr(0, text.size() - wheel_ending.size());
        const auto parts = split(stem, '-');
        HG_TRY(auto wheel, split_wheel(stem, parts));
        HG_TRY(auto project, parse_project_name(wheel.name));
        HG_TRY(auto version, parse_version(wheel.version));
        DistFileName name(
            std::string(text), FileKind::wheel, std::move(project), std::move(version)
        );
        name.m_build = std::move(wheel.build);
        name.m_tags = std::move(wheel.tags);
        return name;
    }
    const auto stem = sdist_stem(text);
    if (!stem) {
        return Error(
            ErrorCode::unsupported,
            "expected a file that ends with .whl, .tar.gz or .zip, saw '" + printable(text) + "'"
        );
    }
    const std::size_t dash = stem->rfind('-');
    if (dash == std::string_view::npos) {
        return malformed_name(text, "a source archive named NAME-VERSION");
    }
    HG_TRY(auto project, parse_project_name(stem->substr(0, dash)));
    HG_TRY(auto version, parse_version(stem->substr(dash + 1)));
    return DistFileName(std::string(text), FileKind::sdist, std::move(project), std::move(version));
}

}  // namespace heliograph::verify
