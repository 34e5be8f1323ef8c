// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_spool.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace heliograph::mirror {

Result<BundleSpool> BundleSpool::open(const std::filesystem::path& folder) {
    FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file.is_open() && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        // Some file systems know no files without a name.
        std::string name = (folder / "heliograph-XXXXXX").string();
        file = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
        if (file.is_open() && ::unlink(name.c_str()) != 0) {
            return system_error(errno, "make a temporary file in " + folder.string());
        }
    }
    if (!file.is_open()) {
        return system_error(errno, "make a temporary file in " + folder.string());
    }
    return BundleSpool(std::move(file));
}

Result<SpoolSlice> BundleSpool::add(ByteSpan bytes) {
    const SpoolSlice slice{.offset_bytes = m_size_bytes, .size_bytes = bytes.size()};
    while (!bytes.empty()) {
        const auto count =
            ::pwrite(m_file.get(), bytes.data(), bytes.size(), static_cast<off_t>(m_size_bytes));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return system_error(count < 0 ? errno : ENOSPC, "write a temporary file");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        m_size_bytes += static_cast<std::uint64_t>(count);
    }
    return slice;
}

Result<Bytes> BundleSpool::read(const SpoolSlice& slice) const {
    Bytes bytes(static_cast<std::size_t>(slice.size_bytes));
    std::size_t have = 0;
    while (have < bytes.size()) {
        const auto count = ::pread(
            m_file.get(),
            bytes.data() + have,
            bytes.size() - have,
            static_cast<off_t>(slice.offset_bytes + have)
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
