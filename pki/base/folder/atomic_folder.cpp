// SPDX-License-Identifier: Apache-2.0
#include <pki/base/folder/atomic_folder.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

namespace heliograph {

namespace {

namespace fs = std::filesystem;

Error in_the_way(const fs::path& path) {
    return {
        ErrorCode::exists,
        "expected " + path.string() +
            " to be new or empty, something stands there; name another folder, or remove it first"};
}

// `index/` and `index` are the same folder; only the second has a name to build beside.
fs::path without_final_slash(const fs::path& path) {
    return path.has_filename() ? path : path.parent_path();
}

fs::path parent_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Outcome sync_file(const fs::path& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open() || ::fsync(file.get()) != 0) {
        return system_error(errno, "make " + path.string() + " durable");
    }
    return {};
}

// Hands every file's bytes to the disk before the first wait for it. Each wait then finds those of
// all others placed as well, so that the file system's journal is written once and not once a file.
// Only a hint: what goes wrong is told by the syncs that follow.
void start_writing(const fs::path& folder) {
    constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    std::error_code ignored;
    fs::recursive_directory_iterator entry(folder, ignored);
    for (; !ignored && entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
        const FileDescriptor file(::open(entry->path().c_str(), flags));
        static_cast<void>(::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE));
    }
}

// Files before the folder that names them. What was synced already costs little.
Outcome sync_tree(const fs::path& folder) {
    std::error_code failure;
    fs::directory_iterator entry(folder, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        const fs::file_status status = entry->symlink_status(failure);
        if (fs::is_directory(status)) {
            HG_CHECK(sync_tree(entry->path()));
        } else if (fs::is_regular_file(status)) {
            HG_CHECK(sync_file(entry->path()));
        }
    }
    if (failure) {
        return system_error(failure.value(), "look through the folder " + folder.string());
    }
    return sync_folder(folder);
}

}  // namespace

AtomicFolder::AtomicFolder(fs::path final_path, fs::path temporary)
    : m_final_path(std::move(final_path)), m_temporary(std::move(temporary)) {
}

AtomicFolder::AtomicFolder(AtomicFolder&& other) noexcept
    : m_final_path(std::move(other.m_final_path)),
      m_temporary(std::exchange(other.m_temporary, fs::path())) {
}

AtomicFolder::~AtomicFolder() {
    if (!m_temporary.empty()) {
        // Nobody asked for this folder; what cannot be removed is only a hidden left-over.
        std::error_code ignored;
        fs::remove_all(m_temporary, ignored);
    }
}

Result<AtomicFolder> AtomicFolder::create(const fs::path& final_path, FileAccess access) {
    static std::atomic<unsigned> counter{0};
    const fs::path target = without_final_slash(fs::absolute(final_path).lexically_normal());
    std::error_code failure;
    const bool taken = fs::exists(fs::symlink_status(target, failure)) &&
                       !(fs::is_directory(target, failure) && fs::is_empty(target, failure));
    if (taken) {
        return in_the_way(final_path);
    }
    HG_CHECK(make_folder(parent_of(target)));
    fs::path temporary =
        parent_of(target) / ("." + target.filename().string() + "." + std::to_string(::getpid()) +
                             "." + std::to_string(counter.fetch_add(1)) + ".tmp");
    if (::mkdir(temporary.c_str(), access == FileAccess::owner_only ? 0700 : 0777) != 0) {
        return system_error(errno, "create the folder " + final_path.string());
    }
    return AtomicFolder(target, std::move(temporary));
}

Outcome AtomicFolder::commit() {
    HG_ASSERT(!m_temporary.empty());
    start_writing(m_temporary);
    HG_CHECK(sync_tree(m_temporary));
    // rename(2) replaces an empty folder and refuses any other, in one step.
    if (::rename(m_temporary.c_str(), m_final_path.c_str()) != 0) {
        if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
            return in_the_way(m_final_path);
        }
        return system_error(errno, "put the folder " + m_final_path.string() + " in place");
    }
    m_temporary.clear();
    return sync_folder(parent_of(m_final_path));
}

Outcome make_folder_in_build(const fs::path& path, FileAccess access) {
    if (::mkdir(path.c_str(), access == FileAccess::owner_only ? 0700 : 0777) != 0) {
        return system_error(errno, "create the folder " + path.string());
    }
    return {};
}

Outcome write_file_in_build(const fs::path& path, ByteSpan bytes, FileAccess access) {
    const mode_t mode = access == FileAccess::owner_only ? 0600 : 0666;
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    );
    if (!file.is_open()) {
        return system_error(errno, "create " + path.string());
    }
    while (!bytes.empty()) {
        const auto count = ::write(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return system_error(errno, "write " + path.string());
        }
        bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return {};
}

}  // namespace heliograph
