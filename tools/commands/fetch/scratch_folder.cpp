// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/fetch/scratch_folder.hpp>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace heliograph::tools::fetch_commands {

Result<ScratchFolder> ScratchFolder::make() {
    std::error_code failure;
    const auto place = std::filesystem::temp_directory_path(failure);
    if (failure) {
        return Error(
            ErrorCode::io,
            "expected a folder for temporary files, TMPDIR names none: " + failure.message()
        );
    }
    std::string path = (place / "heliograph-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) {
        return system_error(errno, "make a folder in " + place.string());
    }
    return ScratchFolder(path);
}

ScratchFolder::~ScratchFolder() {
    if (!m_path.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
}

}  // namespace heliograph::tools::fetch_commands
