// SPDX-License-Identifier: Apache-2.0
#include <pki/base/database/still_file.hpp>

#include <sys/stat.h>

#include <system_error>

namespace heliograph {

namespace {

// Of what cannot be looked at, nothing is certain.
bool is_surely_without_log(std::filesystem::path path) {
    path += "-wal";
    std::error_code failure;
    return !std::filesystem::exists(path, failure) && !failure;
}

}  // namespace

std::optional<StillFile::Stand> StillFile::stand_of(const std::filesystem::path& path) {
    struct ::stat state {};
    if (::stat(path.c_str(), &state) != 0) {
        return std::nullopt;
    }
    return Stand{
        state.st_dev, state.st_ino, state.st_size, state.st_mtim.tv_sec, state.st_mtim.tv_nsec};
}

std::optional<StillFile> StillFile::look(const std::filesystem::path& path) {
    // In this order, and in check() in the other: a log that comes and goes in between has moved
    // its content into the file, or the file had it before it was looked at.
    const auto stand = stand_of(path);
    if (!stand || !is_surely_without_log(path)) {
        return std::nullopt;
    }
    return StillFile(path, *stand);
}

Outcome StillFile::check() const {
    if (is_surely_without_log(m_path) && stand_of(m_path) == m_stand) {
        return {};
    }
    return Error(
               ErrorCode::conflict,
               "expected a database that nobody writes to while it is read without a lock, for its "
               "folder cannot be written to; saw it change; run the same command again"
    )
        .at(m_path.string());
}

}  // namespace heliograph
