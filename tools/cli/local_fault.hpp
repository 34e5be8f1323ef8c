// SPDX-License-Identifier: Apache-2.0
// Damage to what this machine keeps itself is a local fault, not false evidence from anybody.
#pragma once

#include <pki/base/result.hpp>

#include <utility>

namespace heliograph::tools {

/// Who said that there is such a file.
enum class FileOrigin {
    named_by_user,  ///< That it is missing is the user's to mend: `not_found` stays.
    own,            ///< Part of a folder of ours: that it is missing is damage too.
};

/// The same result, but with an error of reading (`malformed`, `too_large`) turned into `io`, so
/// that the program ends with 7 and not with 1. For keys, catalogues and state files.
/// @thread Safe. @cost None.
template <typename T>
[[nodiscard]] Result<T> local_fault(
    Result<T> result, FileOrigin origin = FileOrigin::named_by_user
) {
    if (result) {
        return result;
    }
    const auto code = result.error().code();
    const bool missing = code == ErrorCode::not_found && origin == FileOrigin::own;
    if (code != ErrorCode::malformed && code != ErrorCode::too_large && !missing) {
        return result;
    }
    Error local(ErrorCode::io, result.error().message());
    for (const auto& place : result.error().trail()) {
        local = std::move(local).at(place);
    }
    return local;
}

}  // namespace heliograph::tools
