// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/agent_name.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

bool is_product_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '+' ||
           letter == '-';
}

bool is_product_word(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), is_product_letter);
}

}  // namespace

bool is_agent_name(std::string_view name) {
    if (name.size() > agent_name_bytes) {
        return false;
    }
    const auto slash = name.find('/');
    return is_product_word(name.substr(0, slash)) &&
           (slash == std::string_view::npos || is_product_word(name.substr(slash + 1)));
}

std::string_view agent_name(std::string_view field) {
    const auto word = field.substr(0, field.find_first_of(" \t"));
    return is_agent_name(word) ? word : other_agent;
}

}  // namespace heliograph::mirror
