// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/placement.hpp>
#include <pki/base/file.hpp>
#include <verify/gate/file_gate.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

}  // namespace

Result<std::optional<verify::Verdict>> judge_present_file(
    const std::filesystem::path& folder, const verify::PageFile& file
) {
    const auto path = folder / file.name.text();
    const FileDescriptor open_file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!open_file.is_open()) {
        if (errno == ENOENT) {
            return std::optional<verify::Verdict>();
        }
        return system_error(errno, "open " + path.string());
    }
    struct stat status {};
    if (::fstat(open_file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + path.string() + " to be free or a file, something else stands there"
        );
    }
    verify::FileGate gate(verify::expect_file(file, path.string()));
    std::vector<std::byte> piece(piece_bytes);
    while (true) {
        const auto count = ::read(open_file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(errno, "read " + path.string());
        }
        const auto filled = ByteSpan(piece).first(static_cast<std::size_t>(count));
        if (count == 0 || gate.update(filled) == verify::FileFlow::stop) {
            return std::optional(gate.finish());
        }
    }
}

}  // namespace heliograph::mirror
