// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/standard_input.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace heliograph::tools {

namespace {

// Grows by moving into a new buffer, so that the old one is wiped and not only freed.
SecretBytes grown(const SecretBytes& old_bytes, std::size_t size_bytes) {
    SecretBytes bytes(size_bytes);
    std::copy(old_bytes.expose().begin(), old_bytes.expose().end(), bytes.writable().begin());
    return bytes;
}

}  // namespace

Result<SecretBytes> read_standard_input(std::size_t limit_bytes) {
    SecretBytes room(std::min<std::size_t>(limit_bytes + 1, 64U * 1024U));
    std::size_t filled = 0;
    for (;;) {
        const auto left = room.writable().subspan(filled);
        const auto count = ::read(STDIN_FILENO, left.data(), left.size());
        if (count < 0 && errno != EINTR) {
            return system_error(errno, "read standard input");
        }
        if (count == 0) {
            return SecretBytes(room.expose().first(filled));
        }
        filled += count < 0 ? 0 : static_cast<std::size_t>(count);
        if (filled > limit_bytes) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(limit_bytes) +
                    " bytes on standard input, saw more"
            );
        }
        if (filled == room.size()) {
            room = grown(room, std::min(room.size() * 2, limit_bytes + 1));
        }
    }
}

}  // namespace heliograph::tools
