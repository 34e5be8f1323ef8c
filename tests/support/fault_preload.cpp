// SPDX-License-Identifier: Apache-2.0
// A library for LD_PRELOAD that stands between a program and the disk: it counts every call that
// changes something below one folder, lets the Nth fail, kills the program at the Nth, and logs all
// of them. The drivers are in failing_system.hpp; they set these variables:
//
//   FAULT_ROOT     canonical folder; calls about anything outside it are not touched
//   FAULT_LOG      file to append one FaultRecord a step to
//   FAULT_ACTION   unsynced (only leave fsync out) | observe | fail | kill | tear (write half of
//   the bytes, then kill) | short (write half, once) FAULT_NTH      which step, from 1 FAULT_ERROR
//   errno for fail FAULT_LASTING  1: every later step fails too FAULT_KINDS    bit mask over
//   Operation: which steps count; absent: all FAULT_DATA     1: write records carry their bytes
//
// fsync is logged and not done: what a power loss leaves is computed from the log, and tests stay
// fast. The library is built without sanitizers. Under AddressSanitizer the driver sets
// verify_asan_link_order=0, because the loader puts this library before the runtime; its
// interceptors are then what RTLD_NEXT finds.
#include <tests/support/fault_plan.hpp>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#define HG_INTERPOSE extern "C" __attribute__((visibility("default")))

namespace {

using heliograph::test_support::about;
using heliograph::test_support::absolute;
using heliograph::test_support::below_root;
using heliograph::test_support::die;
using heliograph::test_support::Fate;
using heliograph::test_support::FaultRecord;
using heliograph::test_support::Happening;
using heliograph::test_support::is_active;
using heliograph::test_support::log;
using heliograph::test_support::name_of;
using heliograph::test_support::Operation;
using heliograph::test_support::order;
using heliograph::test_support::Place;
using heliograph::test_support::place_of;
using heliograph::test_support::rule;
using heliograph::test_support::Ruling;

/// What RTLD_NEXT calls @p name: the C library's function, or the sanitizer's interceptor before
/// it.
template <typename Function>
Function* next(Function* /*the interposed one, for its type*/, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Does a step that is not a write. @p fill completes the record after success.
template <typename Call, typename Fill>
auto perform(Happening step, Call call, Fill fill) -> decltype(call()) {
    const std::lock_guard lock(order());
    const Ruling ruling = rule(step);
    if (ruling == Ruling::fail) {
        return -1;
    }
    const auto result = call();
    const int problem = errno;
    if (result >= 0) {
        fill(step.record, result);
    }
    log(step, result >= 0 ? Fate::done : Fate::failed_by_itself);
    if (ruling == Ruling::die_after) {
        die();
    }
    errno = problem;
    return result;
}

template <typename Call>
auto perform(Happening step, Call call) -> decltype(call()) {
    return perform(std::move(step), call, [](FaultRecord&, auto) {});
}

/// Does a write. @p call takes the number of bytes to write; @p offset is -1 for "where the file
/// stands".
template <typename Call>
ssize_t perform_write(int descriptor, std::string_view bytes, off_t offset, Call call) {
    const Place place = place_of(descriptor);
    if (!place.watched) {
        return call(bytes.size());
    }
    const std::lock_guard lock(order());
    Happening step;
    step.record.operation = Operation::write;
    step.record.inode = place.inode;
    step.path = name_of(descriptor);
    const Ruling ruling = rule(step);
    if (ruling == Ruling::fail) {
        return -1;
    }
    const bool whole = ruling == Ruling::proceed || bytes.size() < 2;
    const ssize_t result = call(whole ? bytes.size() : bytes.size() / 2);
    const int problem = errno;
    if (result > 0) {
        const off_t start = offset >= 0 ? offset : ::lseek(descriptor, 0, SEEK_CUR) - result;
        step.record.offset = static_cast<std::uint64_t>(start);
        log(step,
            ruling == Ruling::die_after ? Fate::torn : Fate::done,
            bytes.substr(0, static_cast<std::size_t>(result)));
    }
    if (ruling == Ruling::die_after) {
        die();
    }
    errno = problem;
    return result;
}

void note_inode(FaultRecord& record, const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        record.inode = status.st_ino;
        record.mode = status.st_mode & 07777U;
    }
}

using OpenAt = int(int, const char*, int, ...);

int open_watched(int folder, const char* path, int flags, mode_t mode) {
    static OpenAt* const real = next<OpenAt>(nullptr, "openat");
    const auto call = [&] { return real(folder, path, flags, mode); };
    const bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
    if (!is_active() || ((flags & (O_CREAT | O_TRUNC)) == 0 && !nameless)) {
        return call();
    }
    const std::string where = absolute(folder, path);
    if (!below_root(where)) {
        return call();
    }
    struct stat before {};
    const bool existed = !nameless && ::stat(where.c_str(), &before) == 0;
    const auto fill = [](FaultRecord& record, int descriptor) {
        struct stat after {};
        if (::fstat(descriptor, &after) == 0) {
            record.inode = after.st_ino;
            record.mode = after.st_mode & 07777U;
        }
    };
    if (existed && ((flags & O_TRUNC) == 0 || before.st_size == 0)) {
        return call();
    }
    const Operation operation = existed ? Operation::truncate : Operation::create;
    return perform(about(operation, nameless ? std::string() : where), call, fill);
}

mode_t mode_from(int flags, va_list arguments) {
    const bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    return creates ? static_cast<mode_t>(va_arg(arguments, unsigned)) : 0;
}

int sync_watched(int descriptor, int (*real)(int)) {
    const Place place = place_of(descriptor);
    if (!place.watched) {
        return real(descriptor);
    }
    Happening step =
        about(place.folder ? Operation::sync_folder : Operation::sync_file, name_of(descriptor));
    step.record.inode = place.inode;
    return perform(std::move(step), [] { return 0; });
}

int truncate_watched(int descriptor, off_t length) {
    static auto* const real = next(&::ftruncate, "ftruncate");
    const Place place = place_of(descriptor);
    if (!place.watched) {
        return real(descriptor, length);
    }
    Happening step = about(Operation::truncate, name_of(descriptor));
    step.record.inode = place.inode;
    step.record.offset = static_cast<std::uint64_t>(length);
    return perform(std::move(step), [&] { return real(descriptor, length); });
}

/// A call that makes, changes or removes the name @p path.
template <typename Call>
int name_watched(Operation operation, const std::string& path, Call call) {
    if (!is_active() || !below_root(path)) {
        return call();
    }
    return perform(about(operation, path), call, [&](FaultRecord& record, int) {
        note_inode(record, path);
    });
}

int rename_watched(
    int from_folder, const char* from, int to_folder, const char* to, unsigned flags
) {
    static auto* const real = next(&::renameat2, "renameat2");
    const auto call = [&] { return real(from_folder, from, to_folder, to, flags); };
    if (!is_active()) {
        return call();
    }
    std::string source = absolute(from_folder, from);
    std::string destination = absolute(to_folder, to);
    if (!below_root(source) && !below_root(destination)) {
        return call();
    }
    return perform(about(Operation::rename, std::move(source), std::move(destination)), call);
}

int link_watched(int from_folder, const char* from, int to_folder, const char* to, int flags) {
    static auto* const real = next(&::linkat, "linkat");
    const auto call = [&] { return real(from_folder, from, to_folder, to, flags); };
    const std::string destination = !is_active() ? "" : absolute(to_folder, to);
    if (destination.empty() || !below_root(destination)) {
        return call();
    }
    return perform(about(Operation::link, "", destination), call, [&](FaultRecord& record, int) {
        note_inode(record, destination);
    });
}

int unlink_watched(int folder, const char* path, int flags) {
    static auto* const real = next(&::unlinkat, "unlinkat");
    const std::string where = !is_active() ? "" : absolute(folder, path);
    return name_watched(Operation::remove, where, [&] { return real(folder, path, flags); });
}

int make_folder_watched(int folder, const char* path, mode_t mode) {
    static auto* const real = next(&::mkdirat, "mkdirat");
    const std::string where = !is_active() ? "" : absolute(folder, path);
    return name_watched(Operation::make_folder, where, [&] { return real(folder, path, mode); });
}

/// stdio writes inside the C library, past us. Saying so is all that can be done.
void note_stdio(const char* path, const char* mode) {
    if (is_active() && std::strpbrk(mode, "wa+") != nullptr) {
        const std::string where = absolute(AT_FDCWD, path);
        if (below_root(where)) {
            const std::lock_guard lock(order());
            Happening step = about(Operation::unseen, where);
            log(step, Fate::done);
        }
    }
}

std::string gather(const iovec* parts, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    }
    return all;
}

std::string_view view(const void* bytes, std::size_t size) {
    return {static_cast<const char*>(bytes), size};
}

}  // namespace

// --- The interposed functions. The 64-bit spellings are the same functions on 64-bit machines. ---

HG_INTERPOSE int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_from(flags, arguments);
    va_end(arguments);
    return open_watched(AT_FDCWD, path, flags, mode);
}

HG_INTERPOSE int open64(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_from(flags, arguments);
    va_end(arguments);
    return open_watched(AT_FDCWD, path, flags, mode);
}

HG_INTERPOSE int openat(int folder, const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_from(flags, arguments);
    va_end(arguments);
    return open_watched(folder, path, flags, mode);
}

HG_INTERPOSE int openat64(int folder, const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_from(flags, arguments);
    va_end(arguments);
    return open_watched(folder, path, flags, mode);
}

HG_INTERPOSE int creat(const char* path, mode_t mode) {
    return open_watched(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

HG_INTERPOSE int creat64(const char* path, mode_t mode) {
    return open_watched(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

HG_INTERPOSE FILE* fopen(const char* path, const char* mode) {
    static auto* const real = next(&::fopen, "fopen");
    note_stdio(path, mode);
    return real(path, mode);
}

HG_INTERPOSE FILE* fopen64(const char* path, const char* mode) {
    static auto* const real = next(&::fopen64, "fopen64");
    note_stdio(path, mode);
    return real(path, mode);
}

HG_INTERPOSE ssize_t write(int descriptor, const void* bytes, size_t size) {
    static auto* const real = next(&::write, "write");
    return perform_write(descriptor, view(bytes, size), -1, [&](std::size_t count) {
        return real(descriptor, bytes, count);
    });
}

HG_INTERPOSE ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
    static auto* const real = next(&::pwrite, "pwrite");
    return perform_write(descriptor, view(bytes, size), offset, [&](std::size_t count) {
        return real(descriptor, bytes, count, offset);
    });
}

HG_INTERPOSE ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
    static auto* const real = next(&::pwrite64, "pwrite64");
    return perform_write(descriptor, view(bytes, size), offset, [&](std::size_t count) {
        return real(descriptor, bytes, count, offset);
    });
}

HG_INTERPOSE ssize_t writev(int descriptor, const iovec* parts, int count) {
    static auto* const real = next(&::writev, "writev");
    static auto* const real_write = next(&::write, "write");
    if (!place_of(descriptor).watched) {
        return real(descriptor, parts, count);
    }
    const std::string all = gather(parts, count);
    return perform_write(descriptor, all, -1, [&](std::size_t size) {
        return real_write(descriptor, all.data(), size);
    });
}

HG_INTERPOSE ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
    static auto* const real = next(&::pwritev, "pwritev");
    static auto* const real_pwrite = next(&::pwrite, "pwrite");
    if (!place_of(descriptor).watched) {
        return real(descriptor, parts, count, offset);
    }
    const std::string all = gather(parts, count);
    return perform_write(descriptor, all, offset, [&](std::size_t size) {
        return real_pwrite(descriptor, all.data(), size, offset);
    });
}

/// Copies inside the kernel cannot be followed; callers fall back on read and write.
HG_INTERPOSE ssize_t
copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t size, unsigned flags) {
    static auto* const real = next(&::copy_file_range, "copy_file_range");
    if (place_of(to).watched) {
        errno = ENOSYS;
        return -1;
    }
    return real(from, from_at, to, to_at, size, flags);
}

using Sendfile = ssize_t(int, int, off_t*, size_t);

HG_INTERPOSE ssize_t sendfile(int to, int from, off_t* from_at, size_t size) noexcept {
    static Sendfile* const real = next<Sendfile>(nullptr, "sendfile");
    if (place_of(to).watched) {
        errno = ENOSYS;
        return -1;
    }
    return real(to, from, from_at, size);
}

HG_INTERPOSE int fsync(int descriptor) {
    static auto* const real = next(&::fsync, "fsync");
    return sync_watched(descriptor, real);
}

HG_INTERPOSE int fdatasync(int descriptor) {
    static auto* const real = next(&::fdatasync, "fdatasync");
    return sync_watched(descriptor, real);
}

HG_INTERPOSE int syncfs(int descriptor) noexcept {
    static int (*const real)(int) = next(&::syncfs, "syncfs");
    return !is_active() ? real(descriptor)
                        : perform(about(Operation::sync_all, ""), [] { return 0; });
}

HG_INTERPOSE int ftruncate(int descriptor, off_t length) noexcept {
    return truncate_watched(descriptor, length);
}

HG_INTERPOSE int ftruncate64(int descriptor, off64_t length) noexcept {
    return truncate_watched(descriptor, length);
}

/// Room asked for ahead of the bytes: as the same length set by ftruncate, never shorter.
HG_INTERPOSE int posix_fallocate(int descriptor, off_t offset, off_t length) {
    static auto* const real = next(&::posix_fallocate, "posix_fallocate");
    struct stat status {};
    if (!place_of(descriptor).watched || ::fstat(descriptor, &status) != 0) {
        return real(descriptor, offset, length);
    }
    const bool grows = offset + length > status.st_size;
    return !grows || truncate_watched(descriptor, offset + length) == 0 ? 0 : errno;
}

HG_INTERPOSE int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
    return posix_fallocate(descriptor, offset, length);
}

HG_INTERPOSE int rename(const char* from, const char* to) noexcept {
    return rename_watched(AT_FDCWD, from, AT_FDCWD, to, 0);
}

HG_INTERPOSE int renameat(
    int from_folder, const char* from, int to_folder, const char* to
) noexcept {
    return rename_watched(from_folder, from, to_folder, to, 0);
}

HG_INTERPOSE int renameat2(
    int from_folder, const char* from, int to_folder, const char* to, unsigned flags
) noexcept {
    return rename_watched(from_folder, from, to_folder, to, flags);
}

HG_INTERPOSE int unlink(const char* path) noexcept {
    return unlink_watched(AT_FDCWD, path, 0);
}

HG_INTERPOSE int unlinkat(int folder, const char* path, int flags) noexcept {
    return unlink_watched(folder, path, flags);
}

HG_INTERPOSE int rmdir(const char* path) noexcept {
    return unlink_watched(AT_FDCWD, path, AT_REMOVEDIR);
}

HG_INTERPOSE int remove(const char* path) noexcept {
    const int done = unlink_watched(AT_FDCWD, path, 0);
    return done != 0 && errno == EISDIR ? unlink_watched(AT_FDCWD, path, AT_REMOVEDIR) : done;
}

HG_INTERPOSE int mkdir(const char* path, mode_t mode) noexcept {
    return make_folder_watched(AT_FDCWD, path, mode);
}

HG_INTERPOSE int mkdirat(int folder, const char* path, mode_t mode) noexcept {
    return make_folder_watched(folder, path, mode);
}

HG_INTERPOSE int link(const char* from, const char* to) noexcept {
    return link_watched(AT_FDCWD, from, AT_FDCWD, to, 0);
}

HG_INTERPOSE int linkat(
    int from_folder, const char* from, int to_folder, const char* to, int flags
) noexcept {
    return link_watched(from_folder, from, to_folder, to, flags);
}
