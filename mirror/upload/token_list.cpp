// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/token_list.hpp>

#include <fcntl.h>

namespace heliograph::mirror {

namespace {

bool is_same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino &&
           one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
           one.st_mtim.tv_nsec == other.st_mtim.tv_nsec &&
           one.st_ctim.tv_sec == other.st_ctim.tv_sec &&
           one.st_ctim.tv_nsec == other.st_ctim.tv_nsec;
}

}  // namespace

Result<std::shared_ptr<const std::vector<UploadToken>>> TokenList::current() {
    const auto path = token_path(m_folder);
    const std::lock_guard lock(m_mutex);
    struct stat now {};
    if (m_tokens != nullptr && ::stat(path.c_str(), &now) == 0 && is_same_file(now, m_stamp)) {
        return m_tokens;
    }
    m_tokens = nullptr;
    // Looked at before it is read: a file that comes between is seen as another the next time.
    m_file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const bool is_known = m_file.is_open() && ::fstat(m_file.get(), &m_stamp) == 0;
    HG_TRY(auto tokens, read_tokens(m_folder));
    auto shared = std::make_shared<const std::vector<UploadToken>>(std::move(tokens));
    if (is_known) {
        m_tokens = shared;
    }
    return shared;
}

}  // namespace heliograph::mirror
