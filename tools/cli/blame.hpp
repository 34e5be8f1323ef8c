// SPDX-License-Identifier: Apache-2.0
// Whose fault an error is, where only the command knows it: the same error with the code that its
// exit code follows from.
#pragma once

#include <pki/base/result.hpp>

#include <utility>

namespace heliograph::tools {

/// The same error under another code. @thread Safe. @cost A copy of its texts.
[[nodiscard]] inline Error with_code(const Error& error, ErrorCode code) {
    Error same(code, error.message());
    for (const auto& place : error.trail()) {
        same = std::move(same).at(place);
    }
    return same;
}

/// Of a word of the command line: what it cannot mean is a mistake of usage, and no evidence.
/// @thread Safe. @cost None.
template <typename T>
[[nodiscard]] Result<T> usage_fault(Result<T> result) {
    if (result) {
        return result;
    }
    const auto code = result.error().code();
    const bool is_form = code == ErrorCode::malformed || code == ErrorCode::too_large ||
                         code == ErrorCode::unsupported;
    return is_form ? with_code(result.error(), ErrorCode::invalid_argument) : std::move(result);
}

/// Of something to be written: that there is no place for it is this machine's matter.
/// @thread Safe. @cost None.
template <typename T>
[[nodiscard]] Result<T> output_fault(Result<T> result) {
    if (result || result.error().code() != ErrorCode::not_found) {
        return result;
    }
    return with_code(result.error(), ErrorCode::io);
}

/// Of what is published: what stands there already speaks against the file that is given.
/// @thread Safe. @cost None.
template <typename T>
[[nodiscard]] Result<T> publish_fault(Result<T> result) {
    if (result || result.error().code() != ErrorCode::exists) {
        return result;
    }
    return with_code(result.error(), ErrorCode::refused);
}

}  // namespace heliograph::tools
