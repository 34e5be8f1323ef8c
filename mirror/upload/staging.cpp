// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/staging.hpp>
#include <pki/crypto/random.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace fs = std::filesystem;

namespace {

// A folder or a disk that does not let us write is our own trouble, never a refusal of the client,
// who would be told its path.
Error own_trouble(int number, const std::string& what) {
    return {ErrorCode::io, system_error(number, what).message()};
}

}  // namespace

UploadedFile::UploadedFile(UploadedFile&& other) noexcept
    : m_path(std::exchange(other.m_path, {})),
      m_file(std::move(other.m_file)),
      m_hasher(std::move(other.m_hasher)),
      m_md5(std::move(other.m_md5)),
      m_blake2b(other.m_blake2b),
      m_size(other.m_size) {
}

UploadedFile::~UploadedFile() {
    if (!m_path.empty()) {
        // What stays is swept by the next server.
        std::error_code ignored;
        fs::remove_all(m_path.parent_path(), ignored);
    }
}

Outcome UploadedFile::write(ByteSpan piece) {
    m_hasher.update(piece);
    m_md5.update(piece);
    m_blake2b.update(piece);
    m_size += piece.size();
    while (!piece.empty()) {
        const auto count = ::write(m_file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return own_trouble(errno, "store the upload");
        }
        piece = piece.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

UploadDigests UploadedFile::finish() {
    return {
        .sha256 = m_hasher.finish(),
        .md5 = m_md5.finish_hex(),
        .blake2b_256 = m_blake2b.finish_hex()};
}

Result<Staging> Staging::open(const fs::path& master) {
    const fs::path place = master / "uploads";
    HG_CHECK(make_folder(place, FileAccess::owner_only));
    const fs::path lock_path = place / "lock";
    HG_TRY(auto lock, FileLock::acquire(lock_path));
    std::error_code failure;
    fs::directory_iterator entries(place, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
        if (entries->path() != lock_path) {
            fs::remove_all(entries->path(), failure);
        }
        if (failure) {
            break;
        }
    }
    if (failure) {
        return system_error(failure.value(), "sweep " + place.string());
    }
    return Staging(place, std::move(lock));
}

Result<UploadedFile> Staging::begin(const verify::DistFileName& name) const {
    HG_TRY(const auto random, pki::random_hex(16));
    const fs::path own = m_place / random;
    std::error_code failure;
    fs::create_directory(own, failure);
    if (failure) {
        return own_trouble(failure.value(), "make " + own.string());
    }
    const fs::path path = own / name.text();
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) {
        const int number = errno;
        fs::remove_all(own, failure);
        return own_trouble(number, "create " + path.string());
    }
    return UploadedFile(path, std::move(file));
}

}  // namespace heliograph::mirror
