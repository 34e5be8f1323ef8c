// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/member_path.hpp>

#include <algorithm>

namespace heliograph::mirror::member_path {

bool climbs(std::string_view path) {
    if (path.empty() || path.front() == '/' || path.find('\\') != std::string_view::npos ||
        (path.size() > 1 && path[1] == ':')) {
        return true;
    }
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (path.substr(begin, end - begin) == "..") {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

// Behind a name `..` leads to another place than the text says when the name is a link itself.
bool leads_outside(std::string_view path, std::string_view target) {
    if (target.empty() || target.front() == '/' || target.find('\\') != std::string_view::npos ||
        (target.size() > 1 && target[1] == ':')) {
        return true;
    }
    const std::string place = plain(path);
    auto depth = std::count(place.begin(), place.end(), '/');
    bool named = false;
    for (std::size_t begin = 0; begin <= target.size();) {
        const std::size_t end = std::min(target.find('/', begin), target.size());
        const auto part = target.substr(begin, end - begin);
        if (part == "..") {
            if (named || depth == 0) {
                return true;
            }
            --depth;
        } else if (!part.empty() && part != ".") {
            named = true;
        }
        begin = end + 1;
    }
    return false;
}

bool has_control_character(std::string_view path) {
    return std::any_of(path.begin(), path.end(), [](char c) {
        return (c >= 0 && c < ' ') || c == '\x7f';
    });
}

std::string plain(std::string_view path) {
    std::string whole;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, end - begin);
        if (!part.empty() && part != ".") {
            whole += (whole.empty() ? "" : "/") + std::string(part);
        }
        begin = end + 1;
    }
    return whole;
}

}  // namespace heliograph::mirror::member_path
