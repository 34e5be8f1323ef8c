// SPDX-License-Identifier: Apache-2.0
// Seals and opens files: constant memory, and a file of the final name is whole.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>
#include <pki/seal/sealed_stream.hpp>

#include <cstdint>
#include <filesystem>

namespace heliograph::pki {

/// From one file to another.
struct FileToFile {
    std::filesystem::path from;
    std::filesystem::path to;  ///< Must not exist.
};

/// @return  The size of what was sealed. The new file is durable, and readable as the umask allows.
/// @errors Those of seal_stream(); not_found, denied, io, exists: nothing is left of the new file.
/// @thread Safe for different paths. @cost One pass, two syncs.
[[nodiscard]] Result<std::uint64_t> seal_file(const FileToFile& files, const SealRequest& request);

/// @return  With a defect, nothing was written under the final name. Without one the new file is
///          whole, checked to its end, durable, and for its owner only.
/// @errors Those of open_stream(); not_found, denied, io, exists. @thread Safe for different paths.
/// @cost One pass, two syncs.
[[nodiscard]] Result<SealOpening> open_sealed_file(const FileToFile& files, const PrivateKey& key);

}  // namespace heliograph::pki
