// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/file_blob_store.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

fs::path place_of(const fs::path& root, const pki::Sha256& digest) {
    const auto hex = digest.to_hex();
    return root / hex.substr(0, 2) / hex;
}

class FileBlobWriter final : public BlobWriter {
  public:
    FileBlobWriter(fs::path root, AtomicFile file)
        : m_root(std::move(root)), m_file(std::move(file)) {}

    Outcome write(ByteSpan bytes) override {
        HG_ASSERT(!m_digest);
        m_hasher.update(bytes);
        m_size_bytes += bytes.size();
        return m_file.write(bytes);
    }

    [[nodiscard]] std::uint64_t size_bytes() const override { return m_size_bytes; }

    pki::Sha256 finish() override {
        if (!m_digest) {
            m_digest = m_hasher.finish();
        }
        return *m_digest;
    }

    Result<pki::Sha256> commit() override {
        const auto digest = finish();
        const auto place = place_of(m_root, digest);
        HG_CHECK(make_folder(place.parent_path()));
        HG_CHECK(m_file.commit_as(place, Replacement::allowed));
        return digest;
    }

  private:
    fs::path m_root;
    AtomicFile m_file;
    pki::Sha256Hasher m_hasher;
    std::uint64_t m_size_bytes = 0;
    std::optional<pki::Sha256> m_digest;
};

Error folder_error(const std::error_code& failure, const fs::path& folder) {
    return system_error(failure.value(), "read the folder " + folder.string());
}

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code failure;
    fs::directory_iterator walk(folder, failure);
    while (!failure && walk != fs::directory_iterator()) {
        entries.push_back(walk->path());
        walk.increment(failure);
    }
    if (failure) {
        return folder_error(failure, folder);
    }
    return entries;
}

}  // namespace

fs::path FileBlobStore::path_of(const pki::Sha256& digest) const {
    return place_of(m_root, digest);
}

Result<std::unique_ptr<BlobWriter>> FileBlobStore::begin() {
    const auto incoming = m_root / "incoming";
    HG_CHECK(make_folder(incoming));
    HG_TRY(auto file, AtomicFile::create(incoming / "blob", FileAccess::everyone));
    return std::unique_ptr<BlobWriter>(std::make_unique<FileBlobWriter>(m_root, std::move(file)));
}

Result<OpenBlob> FileBlobStore::open(const pki::Sha256& digest) const {
    const auto path = path_of(digest);
    // O_NONBLOCK: a FIFO put in a blob's place must not hang the server.
    FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!descriptor.is_open()) {
        return system_error(errno, "open the blob " + path.string());
    }
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) {
        return system_error(errno, "look at the blob " + path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(ErrorCode::io, "expected the blob " + path.string() + " to be a regular file");
    }
    return OpenBlob{
        .descriptor = std::move(descriptor),
        .size_bytes = static_cast<std::uint64_t>(status.st_size)};
}

Outcome FileBlobStore::remove(const pki::Sha256& digest) {
    const auto path = path_of(digest);
    std::error_code failure;
    if (!fs::exists(path.parent_path(), failure)) {
        return {};
    }
    return remove_file(path);
}

Result<std::vector<pki::Sha256>> FileBlobStore::list() const {
    std::vector<pki::Sha256> blobs;
    std::error_code failure;
    if (!fs::exists(m_root, failure)) {
        return blobs;
    }
    fs::recursive_directory_iterator walk(m_root, failure);
    while (!failure && walk != fs::recursive_directory_iterator()) {
        // Whatever is not named as a blob is none of ours: it is neither listed nor touched.
        const auto digest = pki::Sha256::parse_hex(walk->path().filename().string());
        if (digest && walk->path() == path_of(*digest)) {
            blobs.push_back(*digest);
        }
        walk.increment(failure);
    }
    if (failure) {
        return folder_error(failure, m_root);
    }
    return blobs;
}

Result<std::size_t> FileBlobStore::sweep() {
    std::error_code failure;
    if (!fs::exists(m_root, failure)) {
        return std::size_t{0};
    }
    HG_TRY(const auto folders, entries_of(m_root));
    std::size_t removed = 0;
    for (const auto& folder : folders) {
        if (folder.filename() == "incoming") {
            HG_TRY(const auto stale, entries_of(folder));
            for (const auto& path : stale) {
                HG_CHECK(remove_file(path));
            }
            removed = stale.size();
        } else if (fs::is_directory(folder, failure)) {
            // A writer killed between rename and sync left a blob that looks durable and is not.
            HG_CHECK(sync_folder(folder));
        }
    }
    HG_CHECK(sync_folder(m_root));
    return removed;
}

}  // namespace heliograph::mirror
