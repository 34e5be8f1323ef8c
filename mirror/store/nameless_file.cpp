// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/nameless_file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace heliograph::mirror {

Result<FileDescriptor> open_nameless_file(const std::filesystem::path& folder) {
    FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file.is_open()) {
        return file;
    }
    // Some file systems know no files without a name.
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
        return system_error(errno, "make a temporary file in " + folder.string());
    }
    std::string name = (folder / "heliograph-XXXXXX").string();
    FileDescriptor named(::mkostemp(name.data(), O_CLOEXEC));
    if (!named.is_open() || ::unlink(name.c_str()) != 0) {
        return system_error(errno, "make a temporary file in " + folder.string());
    }
    return named;
}

Outcome write_at(const FileDescriptor& file, ByteSpan bytes, std::uint64_t offset_bytes) {
    while (!bytes.empty()) {
        const auto count =
            ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset_bytes));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return system_error(count < 0 ? errno : ENOSPC, "write a temporary file");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset_bytes += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<Bytes> read_at(
    const FileDescriptor& file, std::uint64_t offset_bytes, std::uint64_t size_bytes
) {
    Bytes bytes(static_cast<std::size_t>(size_bytes));
    std::size_t have = 0;
    while (have < bytes.size()) {
        const auto count = ::pread(
            file.get(),
            bytes.data() + have,
            bytes.size() - have,
            static_cast<off_t>(offset_bytes + have)
        );
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return system_error(count < 0 ? errno : EIO, "read a temporary file");
        }
        have += static_cast<std::size_t>(count);
    }
    return bytes;
}

}  // namespace heliograph::mirror
