// SPDX-License-Identifier: Apache-2.0
// The tokens of a folder, read again only when their file is another. Private to this room.
#pragma once

#include <mirror/upload/upload_token.hpp>
#include <pki/base/file.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace heliograph::mirror {

/// @thread Safe.
class TokenList {
  public:
    explicit TokenList(std::filesystem::path folder) : m_folder(std::move(folder)) {}

    /// The tokens as the file holds them now. A token that was revoked is gone at once.
    /// @errors As read_tokens(). @cost One system call while the file stays.
    [[nodiscard]] Result<std::shared_ptr<const std::vector<UploadToken>>> current();

  private:
    const std::filesystem::path m_folder;
    std::mutex m_mutex;
    // The file that was read, kept open: no other gets its number.
    FileDescriptor m_file;
    struct stat m_stamp {};
    std::shared_ptr<const std::vector<UploadToken>> m_tokens;
};

}  // namespace heliograph::mirror
