// SPDX-License-Identifier: Apache-2.0
// Private: a file of somebody else's folder, opened so that no pipe or device holds us up.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <pki/base/result.hpp>

#include <filesystem>
#include <optional>

namespace heliograph::mirror {

/// @return None when it is not there. @errors malformed (something else than a file), denied, io.
/// @thread Safe. @cost Two system calls.
[[nodiscard]] Result<std::optional<OpenBlob>> open_plain_file(const std::filesystem::path& path);

}  // namespace heliograph::mirror
