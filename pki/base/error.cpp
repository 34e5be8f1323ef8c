// SPDX-License-Identifier: Apache-2.0
#include <pki/base/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace heliograph {

namespace {

constexpr std::size_t trail_limit = 8;

ErrorCode code_of(int error_number) {
    switch (error_number) {
        case ENOENT:
        case ENOTDIR:
            return ErrorCode::not_found;
        case EEXIST:
            return ErrorCode::exists;
        case EACCES:
        case EPERM:
        case EROFS:
            return ErrorCode::denied;
        default:
            return ErrorCode::io;
    }
}

}  // namespace

std::string_view error_code_name(ErrorCode code) {
    // In the order of the enumeration.
    constexpr auto names = std::to_array<std::string_view>(
        {"invalid_argument",
         "malformed",
         "too_large",
         "not_found",
         "exists",
         "denied",
         "io",
         "network",
         "timeout",
         "cancelled",
         "unsupported",
         "stale",
         "refused",
         "conflict",
         "crypto",
         "internal"}
    );
    static_assert(names.size() == static_cast<std::size_t>(ErrorCode::internal) + 1);
    return names.at(static_cast<std::size_t>(code));
}

Error::Error(ErrorCode code, std::string message) : m_code(code), m_message(std::move(message)) {
}

Error Error::at(std::string place) && {
    const bool named = std::find(m_trail.begin(), m_trail.end(), place) != m_trail.end();
    if (m_trail.size() < trail_limit && !named) {
        m_trail.push_back(std::move(place));
    }
    return std::move(*this);
}

std::string Error::describe() const {
    std::string text = m_message;
    const char* separator = " (in ";
    for (const auto& place : m_trail) {
        text += separator;
        text += place;
        separator = ", in ";
    }
    if (!m_trail.empty()) {
        text += ')';
    }
    return text;
}

Error system_error(int error_number, std::string_view action) {
    std::string message = "cannot ";
    message += action;
    message += ": ";
    message += std::generic_category().message(error_number);
    if (error_number == ENOSPC || error_number == EDQUOT) {
        message += "; free some space and run the same command again";
    }
    return Error(code_of(error_number), std::move(message));
}

}  // namespace heliograph
