// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/plain_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace heliograph::mirror {

Result<std::optional<OpenBlob>> open_plain_file(const std::filesystem::path& path) {
    OpenBlob file{
        FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)), 0};
    if (!file.descriptor.is_open()) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::optional<OpenBlob>();
        }
        return system_error(errno, "open " + path.string());
    }
    struct stat status {};
    if (::fstat(file.descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return Error(ErrorCode::malformed, "expected " + path.string() + " to be a file");
    }
    file.size_bytes = static_cast<std::uint64_t>(status.st_size);
    return std::optional(std::move(file));
}

Result<std::optional<verify::Verdict>> judge_opened(
    const std::optional<OpenBlob>& file, verify::FileExpectation expectation, std::string place
) {
    if (!file) {
        return std::optional<verify::Verdict>();
    }
    expectation.source = std::move(place);
    verify::FileGate gate(std::move(expectation));
    bool is_full = false;
    const auto read = read_blob_pieces(*file, [&](ByteSpan piece) -> Outcome {
        is_full = gate.update(piece) == verify::FileFlow::stop;
        return is_full ? Outcome(Error(ErrorCode::too_large, "enough")) : Outcome();
    });
    if (!read && !is_full) {
        return read.error();
    }
    return std::optional(gate.finish());
}

}  // namespace heliograph::mirror
