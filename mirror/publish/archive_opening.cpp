// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_opening.hpp>

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace heliograph::mirror {

bool is_tar(const verify::DistFileName& name) {
    return std::string_view(name.text()).ends_with(".tar.gz");
}

Result<ArchiveReader> open_archive(int descriptor, const verify::DistFileName& name) {
    if (::lseek(descriptor, 0, SEEK_SET) < 0) {
        return system_error(errno, "go to the start of " + name.text());
    }
    ArchiveReader reader(archive_read_new());
    if (!reader) {
        return Error(ErrorCode::internal, "no memory to open an archive");
    }
    // Only the one format that the name promises: every further one is attack surface.
    if (is_tar(name)) {
        HG_CHECK(
            check_archive(reader.get(), archive_read_support_filter_gzip(reader.get()), "read gzip")
        );
        HG_CHECK(
            check_archive(reader.get(), archive_read_support_format_tar(reader.get()), "read tar")
        );
    } else {
        HG_CHECK(check_archive(
            reader.get(), archive_read_support_format_zip_seekable(reader.get()), "read zip"
        ));
    }
    constexpr std::size_t block_bytes = std::size_t{64} * 1024;
    HG_CHECK(check_archive(
        reader.get(),
        archive_read_open_fd(reader.get(), descriptor, block_bytes),
        "open " + name.text()
    ));
    return reader;
}

}  // namespace heliograph::mirror
