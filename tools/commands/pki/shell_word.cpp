// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/shell_word.hpp>

namespace heliograph::tools::pki_commands {

std::string in_shell_quotes(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return quoted + "'";
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,";
    const bool is_plain = !text.empty() && text.find_first_not_of(plain) == std::string_view::npos;
    return is_plain ? std::string(text) : in_shell_quotes(text);
}

}  // namespace heliograph::tools::pki_commands
