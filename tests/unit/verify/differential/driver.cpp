// SPDX-License-Identifier: Apache-2.0
// Answers questions on versions, specifiers and file names, one a line, so that a script can
// compare the answers with those of an independent implementation.
#include <verify/index/file_name.hpp>
#include <verify/index/specifier.hpp>
#include <verify/index/version.hpp>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_view_literals;
namespace verify = heliograph::verify;

std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> fields;
    while (true) {
        const std::size_t tab = line.find('\t');
        fields.emplace_back(line.substr(0, tab));
        if (tab == std::string_view::npos) {
            return fields;
        }
        line.remove_prefix(tab + 1);
    }
}

std::string canonical(const std::string& text) {
    const auto version = verify::parse_version(text);
    return version ? version->text() + (version->is_prerelease() ? " pre" : "") : "invalid";
}

std::string compare(const std::string& left, const std::string& right) {
    const auto a = verify::parse_version(left);
    const auto b = verify::parse_version(right);
    if (!a || !b) {
        return "invalid";
    }
    return *a < *b ? "less" : *a == *b ? "equal" : "greater";
}

std::string accepts(const std::string& specifier, const std::string& text) {
    const auto set = verify::parse_specifier_set(specifier);
    const auto version = verify::parse_version(text);
    if (!set || !version) {
        return "invalid";
    }
    return set->accepts(*version) ? "yes" : "no";
}

std::string file(const std::string& text) {
    const auto name = verify::parse_dist_file_name(text);
    if (!name) {
        return "invalid";
    }
    std::string answer =
        name->project().text() + " " + name->version().text() + " " + name->build();
    for (const verify::WheelTag& tag : name->tags()) {
        answer += " " + tag.python + "-" + tag.abi + "-" + tag.platform;
    }
    return answer;
}

std::string answer(const std::vector<std::string>& question) {
    const std::string& kind = question.front();
    if (kind == "version" && question.size() == 2) {
        return canonical(question[1]);
    }
    if (kind == "compare" && question.size() == 3) {
        return compare(question[1], question[2]);
    }
    if (kind == "accepts" && question.size() == 3) {
        return accepts(question[1], question[2]);
    }
    if (kind == "file" && question.size() == 2) {
        return file(question[1]);
    }
    return "unknown question";
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << answer(split(line)) << '\n';
    }
    return 0;
}
