// SPDX-License-Identifier: Apache-2.0
#include <tests/support/temp_folder.hpp>

#include <stdlib.h>

#include <stdexcept>
#include <system_error>

namespace heliograph::test {

TempFolder::TempFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "heliograph-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("no temporary folder for the test");
    }
    m_path = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    for (auto it = std::filesystem::recursive_directory_iterator(m_path, ignored);
         it != std::filesystem::end(it);
         it.increment(ignored)) {
        if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
            // Tests take rights away from folders; the removal below needs them back.
            std::filesystem::permissions(it->path(), std::filesystem::perms::owner_all, ignored);
        }
    }
    std::filesystem::remove_all(m_path, ignored);
}

}  // namespace heliograph::test
