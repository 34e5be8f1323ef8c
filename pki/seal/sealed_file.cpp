// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/seal/sealed_file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace heliograph::pki {

namespace {

Result<FileDescriptor> open_input(const std::filesystem::path& path) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return system_error(errno, "open " + path.string());
    }
    return file;
}

// The commit refuses it too; known before, a long file is not read for nothing.
Outcome check_is_free(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
        return Error(
            ErrorCode::exists,
            "expected no " + path.string() +
                " yet, saw one, which stays as it is; name another file, or remove it first"
        );
    }
    return {};
}

ByteSource source_of(const FileDescriptor& file, const std::filesystem::path& path) {
    return [&file, path](std::span<std::byte> room) -> Result<std::size_t> {
        for (;;) {
            const auto count = ::read(file.get(), room.data(), room.size());
            if (count >= 0) {
                return static_cast<std::size_t>(count);
            }
            if (errno != EINTR) {
                return system_error(errno, "read " + path.string());
            }
        }
    };
}

ByteSink sink_of(AtomicFile& file) {
    return [&file](ByteSpan bytes) { return file.write(bytes); };
}

}  // namespace

Result<std::uint64_t> seal_file(const FileToFile& files, const SealRequest& request) {
    HG_CHECK(check_is_free(files.to));
    HG_TRY(const FileDescriptor input, open_input(files.from));
    HG_TRY(AtomicFile output, AtomicFile::create(files.to, FileAccess::everyone));
    HG_TRY(
        const std::uint64_t size,
        seal_stream(request, source_of(input, files.from), sink_of(output))
    );
    HG_CHECK(output.commit(Replacement::refused));
    return size;
}

Result<SealOpening> open_sealed_file(const FileToFile& files, const PrivateKey& key) {
    HG_CHECK(check_is_free(files.to));
    HG_TRY(const FileDescriptor input, open_input(files.from));
    HG_TRY(AtomicFile output, AtomicFile::create(files.to, FileAccess::owner_only));
    HG_TRY(SealOpening opening, open_stream(key, source_of(input, files.from), sink_of(output)));
    if (!opening.defect) {
        HG_CHECK(output.commit(Replacement::refused));
    }
    return opening;
}

}  // namespace heliograph::pki
