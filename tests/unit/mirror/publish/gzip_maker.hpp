// SPDX-License-Identifier: Apache-2.0
// Gzip around any bytes, for tar files that no writer would make.
#pragma once

#include <filesystem>
#include <string>

namespace heliograph::mirror {

/// @errors std::runtime_error when libarchive refuses.
void write_gzip(const std::filesystem::path& path, const std::string& content);

}  // namespace heliograph::mirror
