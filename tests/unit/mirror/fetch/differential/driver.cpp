// SPDX-License-Identifier: Apache-2.0
// Answers questions on markers and tags, one a line, so that a script can compare the answers with
// those of an independent implementation.
#include <mirror/fetch/platform_tags.hpp>
#include <mirror/fetch/python_target.hpp>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace mirror = heliograph::mirror;
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

/// marker TEXT EXTRA, then a value for each variable but extra.
std::string marker(const std::vector<std::string>& question) {
    const auto parsed = mirror::parse_environment_marker(question[1]);
    if (!parsed) {
        return "invalid";
    }
    mirror::MarkerEnvironment environment;
    for (std::size_t i = 0; i + 3 < question.size(); ++i) {
        environment.set(static_cast<mirror::MarkerVariable>(i), question[i + 3]);
    }
    const auto answer = parsed->evaluate(environment, question[2]);
    if (!answer) {
        return "undefined";
    }
    return *answer == mirror::MarkerAnswer::applies ? "yes" : "no";
}

std::string joined(const std::vector<verify::WheelTag>& tags) {
    std::string text;
    for (const auto& tag : tags) {
        text += (text.empty() ? "" : " ") + tag.python + "-" + tag.abi + "-" + tag.platform;
    }
    return text;
}

/// tags VERSION ABI PLATFORM...
std::string tags(const std::vector<std::string>& question) {
    auto target = mirror::cpython_target(
        verify::parse_version(question[1]).value(), {question.begin() + 3, question.end()}
    );
    target.abis = {question[2]};
    return joined(mirror::supported_tags(target));
}

unsigned number(const std::string& text) {
    return static_cast<unsigned>(std::stoul(text));
}

/// linux KIND MAJOR MINOR MACHINE, or mac MAJOR MINOR MACHINE.
std::string platforms(const std::vector<std::string>& question) {
    const bool mac = question.front() == "mac";
    const auto kind = question[1] == "musl" ? mirror::LibcKind::musl : mirror::LibcKind::glibc;
    const auto tags =
        mac ? mirror::mac_platforms(number(question[1]), number(question[2]), question[3])
            : mirror::linux_platforms(
                  question[4], {kind, number(question[2]), number(question[3])}
              );
    std::string text;
    for (const auto& tag : tags) {
        text += (text.empty() ? "" : " ") + tag;
    }
    return text;
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const auto question = split(line);
        const std::string& kind = question.front();
        std::cout << (kind == "marker" ? marker(question)
                      : kind == "tags" ? tags(question)
                                       : platforms(question))
                  << '\n';
    }
    return 0;
}
