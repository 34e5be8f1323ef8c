// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace heliograph {

namespace {

namespace fs = std::filesystem;

constexpr ::mode_t mode_of(FileAccess access) {
    return access == FileAccess::owner_only ? 0600 : 0666;
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

template <typename Call>
auto retry_interrupted(Call call) {
    auto answer = call();
    while (answer < 0 && errno == EINTR) {
        answer = call();
    }
    return answer;
}

Result<FileDescriptor> open_for_reading(const fs::path& path, int flags) {
    const int descriptor =
        retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags); });
    if (descriptor < 0) {
        return system_error(errno, "open " + path.string());
    }
    return FileDescriptor(descriptor);
}

Result<struct stat> regular_file_status(
    const FileDescriptor& file, const fs::path& path, std::uint64_t limit_bytes
) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return system_error(errno, "look at " + path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + path.string() + " to be a regular file, and it is not"
        );
    }
    if (static_cast<std::uint64_t>(status.st_size) > limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected " + path.string() + " to have at most " + std::to_string(limit_bytes) +
                " bytes, it has " + std::to_string(status.st_size)
        );
    }
    return status;
}

// Reads until the end, even when the file grew after it was measured, but never past the limit.
template <typename Buffer>
Result<Buffer> read_to_end(
    const FileDescriptor& file, const fs::path& path, Buffer buffer, std::span<std::byte> room
) {
    std::size_t filled = 0;
    while (filled < room.size()) {
        const auto count = retry_interrupted([&] {
            return ::read(file.get(), room.data() + filled, room.size() - filled);
        });
        if (count < 0) {
            return system_error(errno, "read " + path.string());
        }
        if (count == 0) {
            return Error(
                ErrorCode::io,
                "expected " + path.string() + " to stay as it is while it is read, it shrank"
            );
        }
        filled += static_cast<std::size_t>(count);
    }
    return buffer;
}

Outcome sync_descriptor(int descriptor, const fs::path& path) {
    if (retry_interrupted([&] { return ::fsync(descriptor); }) != 0) {
        return system_error(errno, "make " + path.string() + " durable");
    }
    return {};
}

fs::path temporary_name(const fs::path& final_path) {
    static std::atomic<unsigned> counter{0};
    // A dot before and the process behind: hidden from listings, unique among processes and
    // threads.
    std::string name = "." + final_path.filename().string() + "." + std::to_string(::getpid()) +
                       "." + std::to_string(counter.fetch_add(1)) + ".tmp";
    return folder_of(final_path) / name;
}

// rename(2) puts a file in the place of a device, a pipe or a socket as readily as of a file: a
// report "written to" /dev/null by root would take it from the whole machine.
Outcome refuse_special_file(const fs::path& final_path) {
    std::error_code is_nothing;
    const bool is_special = fs::is_other(fs::status(final_path, is_nothing));
    // /dev/stdout and its kin lead through /proc to whatever is open, at times a regular file.
    const auto target = fs::read_symlink(final_path, is_nothing).string();
    if (!is_special && !target.starts_with("/proc/")) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a file or a free name, saw a device, a pipe or a socket at " +
            final_path.string() + "; it stays as it is, name a file"
    );
}

}  // namespace

void FileDescriptor::close() {
    if (m_descriptor >= 0) {
        // Linux closes the descriptor whatever it answers; what matters was synced before.
        static_cast<void>(::close(std::exchange(m_descriptor, -1)));
    }
}

Result<Bytes> read_file(const fs::path& path, std::uint64_t limit_bytes) {
    // O_NONBLOCK: a FIFO put in a file's place must not hang us; it has no effect on regular files.
    HG_TRY(const auto file, open_for_reading(path, O_NONBLOCK));
    HG_TRY(const auto status, regular_file_status(file, path, limit_bytes));
    Bytes bytes(static_cast<std::size_t>(status.st_size));
    const std::span<std::byte> room(bytes);
    return read_to_end(file, path, std::move(bytes), room);
}

Result<SecretBytes> read_secret_file(const fs::path& path, std::uint64_t limit_bytes) {
    HG_TRY(const auto file, open_for_reading(path, O_NONBLOCK));
    HG_TRY(const auto status, regular_file_status(file, path, limit_bytes));
    if ((status.st_mode & 0077U) != 0) {
        return Error(
            ErrorCode::denied,
            "expected the private file " + path.string() +
                " to be readable by its owner only, its group or others may read it; run: chmod "
                "600 " +
                path.string()
        );
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        return Error(
            ErrorCode::denied,
            "expected the private file " + path.string() +
                " to belong to this user or root, it belongs to user id " +
                std::to_string(status.st_uid)
        );
    }
    SecretBytes bytes(static_cast<std::size_t>(status.st_size));
    const auto room = bytes.writable();
    return read_to_end(file, path, std::move(bytes), room);
}

struct AtomicFile::State {
    State(fs::path final_name, fs::path temporary_path)
        : final_path(std::move(final_name)), temporary(std::move(temporary_path)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (!temporary.empty()) {
            // Nobody asked for this file; when it cannot be removed it is only a hidden left-over.
            static_cast<void>(::unlink(temporary.c_str()));
        }
    }

    fs::path final_path;
    fs::path temporary;
    FileDescriptor descriptor;
};

AtomicFile::AtomicFile(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
AtomicFile::AtomicFile(AtomicFile&&) noexcept = default;
AtomicFile& AtomicFile::operator=(AtomicFile&&) noexcept = default;
AtomicFile::~AtomicFile() = default;

Result<AtomicFile> AtomicFile::create(fs::path final_path, FileAccess access) {
    // A process that was killed leaves its temporary behind, and process ids come again: a taken
    // name is passed over, never opened.
    for (int tries = 0; tries < 1000; ++tries) {
        fs::path temporary = temporary_name(final_path);
        const int descriptor = retry_interrupted([&] {
            return ::open(
                temporary.c_str(),
                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                mode_of(access)
            );
        });
        if (descriptor >= 0) {
            auto state = std::make_unique<State>(std::move(final_path), std::move(temporary));
            state->descriptor = FileDescriptor(descriptor);
            return AtomicFile(std::move(state));
        }
        if (errno != EEXIST) {
            return system_error(errno, "create " + final_path.string());
        }
    }
    return Error(
        ErrorCode::io,
        "expected a free temporary name beside " + final_path.string() +
            ", saw none in 1000 tries; remove the hidden .tmp files there"
    );
}

Outcome AtomicFile::write(ByteSpan bytes) {
    HG_ASSERT(m_state && m_state->descriptor.is_open());
    while (!bytes.empty()) {
        const auto count = retry_interrupted([&] {
            return ::write(m_state->descriptor.get(), bytes.data(), bytes.size());
        });
        if (count < 0) {
            return system_error(errno, "write " + m_state->final_path.string());
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Outcome AtomicFile::commit(Replacement replacement) {
    HG_ASSERT(m_state);
    return commit_as(fs::path(m_state->final_path), replacement);
}

Outcome AtomicFile::commit_as(const fs::path& final_path, Replacement replacement) {
    HG_ASSERT(m_state && m_state->descriptor.is_open());
    HG_CHECK(refuse_special_file(final_path));
    HG_CHECK(sync_descriptor(m_state->descriptor.get(), final_path));
    const unsigned flags = replacement == Replacement::refused ? RENAME_NOREPLACE : 0;
    const int renamed =
        ::renameat2(AT_FDCWD, m_state->temporary.c_str(), AT_FDCWD, final_path.c_str(), flags);
    if (renamed != 0 && errno == EEXIST) {
        return Error(
            ErrorCode::exists,
            "expected no " + final_path.string() +
                " yet, saw one, which stays as it is; name another file, or remove it first"
        );
    }
    if (renamed != 0) {
        return system_error(errno, "put " + final_path.string() + " in place");
    }
    m_state->temporary.clear();
    m_state->descriptor.close();
    return sync_folder(folder_of(final_path));
}

Outcome write_file_atomically(
    const fs::path& path, ByteSpan bytes, FileAccess access, Replacement replacement
) {
    HG_TRY(auto file, AtomicFile::create(path, access));
    HG_CHECK(file.write(bytes));
    return file.commit(replacement);
}

Outcome make_folder(const fs::path& path, FileAccess access) {
    const fs::path folder =
        path.has_filename() || !path.has_parent_path() ? path : path.parent_path();
    std::error_code failure;
    if (fs::is_directory(folder, failure)) {
        return {};
    }
    const fs::path parent = folder_of(folder);
    if (parent != folder) {
        HG_CHECK(make_folder(parent, access));
    }
    if (::mkdir(folder.c_str(), access == FileAccess::owner_only ? 0700 : 0777) != 0) {
        const int reason = errno;
        // Another process may have made it in between; anything else of that name is in the way.
        if (reason != EEXIST || !fs::is_directory(folder, failure)) {
            return system_error(reason, "create the folder " + folder.string());
        }
    }
    return sync_folder(parent);
}

Outcome sync_folder(const fs::path& path) {
    HG_TRY(const auto folder, open_for_reading(path, O_DIRECTORY));
    return sync_descriptor(folder.get(), path);
}

Outcome remove_file(const fs::path& path) {
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) {
            return {};
        }
        return system_error(errno, "remove " + path.string());
    }
    return sync_folder(folder_of(path));
}

}  // namespace heliograph
