// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/blob_folders.hpp>
#include <pki/base/file.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace heliograph::mirror {

namespace fs = std::filesystem;

Result<BlobFolders::Name> BlobFolders::ensure(const fs::path& folder) {
    // Held over the call: whoever sees the folder sees that its name is fresh, too.
    const std::lock_guard lock(m_mutex);
    if (::mkdir(folder.c_str(), 0777) == 0) {
        m_fresh.insert(folder);
        return Name::fresh;
    }
    const int reason = errno;
    std::error_code ignored;
    if (reason != EEXIST) {
        return system_error(reason, "create the folder " + folder.string());
    }
    if (!fs::is_directory(folder, ignored)) {
        return Error(
            ErrorCode::io,
            "expected " + folder.string() + " to be a folder, something else is in its way"
        );
    }
    return m_fresh.contains(folder) ? Name::fresh : Name::durable;
}

void BlobFolders::settle(const std::set<fs::path>& folders) {
    const std::lock_guard lock(m_mutex);
    for (const auto& folder : folders) {
        m_fresh.erase(folder);
    }
}

}  // namespace heliograph::mirror
