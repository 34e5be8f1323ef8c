// SPDX-License-Identifier: Apache-2.0
// Private: a file of somebody else's folder, opened so that no pipe or device holds us up.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/file_gate.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// @return None when it is not there. @errors malformed (something else than a file), denied, io.
/// @thread Safe. @cost Two system calls.
[[nodiscard]] Result<std::optional<OpenBlob>> open_plain_file(const std::filesystem::path& path);

/// The file gate over an opened file; none for none. @param place  Where the bytes lie, for people.
/// @errors io. @thread Safe. @cost One pass, which ends where the file is longer than it may be.
[[nodiscard]] Result<std::optional<verify::Verdict>> judge_opened(
    const std::optional<OpenBlob>& file, verify::FileExpectation expectation, std::string place
);

}  // namespace heliograph::mirror
