// SPDX-License-Identifier: Apache-2.0
#include <pki/base/error.hpp>

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
    switch (code) {
        case ErrorCode::invalid_argument:
            return "invalid_argument";
        case ErrorCode::malformed:
            return "malformed";
        case ErrorCode::too_large:
            return "too_large";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::exists:
            return "exists";
        case ErrorCode::denied:
            return "denied";
        case ErrorCode::io:
            return "io";
        case ErrorCode::network:
            return "network";
        case ErrorCode::timeout:
            return "timeout";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::refused:
            return "refused";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::crypto:
            return "crypto";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

Error::Error(ErrorCode code, std::string message) : m_code(code), m_message(std::move(message)) {
}

Error Error::at(std::string place) && {
    if (m_trail.size() < trail_limit) {
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
