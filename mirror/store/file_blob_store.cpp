// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/blob_folders.hpp>
#include <mirror/store/blob_sink.hpp>
#include <mirror/store/file_blob_store.hpp>
#include <mirror/store/file_resumable_blob.hpp>
#include <mirror/store/parallel.hpp>
#include <mirror/store/staged_file.hpp>
#include <mirror/store/unfinished_blobs.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t folder_digits = 2;

fs::path place_of(const fs::path& root, const pki::Sha256& digest) {
    const auto hex = digest.to_hex();
    return root / (hex.substr(0, folder_digits) + '/' + hex);
}

constexpr std::string_view marker_prefix = "unsynced.";

// Stands in `incoming` while names are changed and not synced: whoever comes after a killed process
// sees from it that names which look durable may not be. It needs no sync itself, for after a power
// loss every name that is seen is durable.
class UnsyncedMarker {
  public:
    static Result<UnsyncedMarker> set(const fs::path& incoming) {
        static std::atomic<unsigned> counter{0};
        auto path = incoming / (std::string(marker_prefix) + std::to_string(::getpid()) + "." +
                                std::to_string(counter.fetch_add(1)));
        const FileDescriptor made(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        if (!made.is_open()) {
            return system_error(errno, "create " + path.string());
        }
        return UnsyncedMarker(std::move(path));
    }

    // Only after the sync: whoever fails before leaves the marker to the next sweep.
    Outcome clear() {
        if (::unlink(m_path.c_str()) != 0) {
            return system_error(errno, "remove " + m_path.string());
        }
        return {};
    }

  private:
    explicit UnsyncedMarker(fs::path path) : m_path(std::move(path)) {}

    fs::path m_path;
};

// Up to so many files or folders, an fsync each beats one of the whole file system.
constexpr std::size_t few = 16;

// How many syncs wait at once: those that do wait for the same write of the file system's journal.
constexpr Workers side_by_side{.count = 4};

// Where blobs get their names.
struct BlobRoot {
    fs::path path;
    std::shared_ptr<BlobFolders> folders;
    std::shared_ptr<UnfinishedBlobs> unfinished;
};

// Makes the names in these folders durable. @param file_system  None: each folder by itself.
Outcome sync_names_in(const std::set<fs::path>& folders, const FileDescriptor* file_system) {
    if (file_system != nullptr && folders.size() > few) {
        return sync_file_system(*file_system);
    }
    const std::vector<fs::path> each(folders.begin(), folders.end());
    return for_each_piece(each.size(), side_by_side, [&](std::size_t at) {
        return sync_folder(each[at]);
    });
}

// Makes the contents of a few blobs durable.
Outcome sync_contents(std::span<StagedBlob> blobs) {
    for (auto& blob : blobs) {
        blob.file.start_writing();
    }
    return for_each_piece(blobs.size(), side_by_side, [&](std::size_t at) {
        return blobs[at].file.sync();
    });
}

// Gives durable contents their names, durably.
// @param file_system  Any folder of it, opened; none when there are few blobs.
Outcome put_in_place(
    const BlobRoot& root, std::span<StagedBlob> blobs, const FileDescriptor* file_system
) {
    HG_TRY(auto marker, UnsyncedMarker::set(root.path / "incoming"));
    std::set<fs::path> changed;
    std::set<fs::path> fresh;
    for (auto& blob : blobs) {
        const auto place = place_of(root.path, blob.digest);
        const auto folder = place.parent_path();
        if (changed.insert(folder).second) {
            HG_TRY(const auto name, root.folders->ensure(folder));
            if (name == BlobFolders::Name::fresh) {
                fresh.insert(folder);
            }
        }
        HG_CHECK(blob.file.rename_to(place));
    }
    if (!fresh.empty()) {
        changed.insert(root.path);
    }
    HG_CHECK(sync_names_in(changed, file_system));
    root.folders->settle(fresh);
    return marker.clear();
}

class SingleSink final : public BlobSink {
  public:
    explicit SingleSink(BlobRoot root) : m_root(std::move(root)) {}

    Outcome take(StagedBlob blob) override {
        HG_CHECK(blob.file.sync());
        return put_in_place(m_root, {&blob, 1}, nullptr);
    }

  private:
    BlobRoot m_root;
};

class FileBlobWriter final : public BlobWriter {
  public:
    FileBlobWriter(std::shared_ptr<BlobSink> sink, StagedFile file)
        : m_sink(std::move(sink)), m_file(std::move(file)) {}

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
        HG_CHECK(m_sink->take({.claim = {}, .file = std::move(m_file), .digest = digest}));
        return digest;
    }

  private:
    std::shared_ptr<BlobSink> m_sink;
    StagedFile m_file;
    pki::Sha256Hasher m_hasher;
    std::uint64_t m_size_bytes = 0;
    std::optional<pki::Sha256> m_digest;
};

Result<StagedFile> open_incoming(const fs::path& root) {
    return StagedFile::create(root / "incoming");
}

// Keeps what is staged; shared with the writers, so that a late one has somewhere to go.
class StagingSink final : public BlobSink {
  public:
    Outcome take(StagedBlob blob) override {
        const std::lock_guard lock(m_mutex);
        keep(std::move(blob));
        return {};
    }

    void absorb(StagingSink& other) {
        const std::scoped_lock lock(m_mutex, other.m_mutex);
        for (auto& blob : other.m_blobs) {
            keep(std::move(blob));
        }
        m_all_open = m_all_open && other.m_all_open;
        other.m_blobs.clear();
    }

    void rest() {
        constexpr std::size_t release = 2;  // One file and its metadata.
        const std::lock_guard lock(m_mutex);
        if (m_blobs.size() > release) {
            close_all();
        }
    }

    /// Whether each can be synced by itself.
    [[nodiscard]] bool all_open() const { return m_all_open; }

    [[nodiscard]] std::span<StagedBlob> blobs() { return m_blobs; }

  private:
    void keep(StagedBlob blob) {
        m_blobs.push_back(std::move(blob));
        if (m_all_open && m_blobs.size() > few) {
            close_all();
        } else if (!m_all_open) {
            m_blobs.back().file.close_content();
        }
    }

    void close_all() {
        for (auto& blob : m_blobs) {
            blob.file.close_content();
        }
        m_all_open = false;
    }

    std::mutex m_mutex;
    std::vector<StagedBlob> m_blobs;
    bool m_all_open = true;
};

class FileBlobBatch final : public BlobBatch {
  public:
    FileBlobBatch(BlobRoot root, FileDescriptor folder)
        : m_root(std::move(root)), m_folder(std::move(folder)) {}

    Result<std::unique_ptr<BlobWriter>> begin() override {
        HG_TRY(auto file, open_incoming(m_root.path));
        return std::unique_ptr<BlobWriter>(
            std::make_unique<FileBlobWriter>(m_staged, std::move(file))
        );
    }

    Result<std::unique_ptr<ResumableBlob>> begin_resumable(const pki::Sha256& digest) override {
        return FileResumableBlob::open(
            m_root.path, m_staged, UnfinishedBlobs::claim(m_root.unfinished, digest)
        );
    }

    Outcome absorb(BlobBatch& other) override {
        auto* const same = dynamic_cast<FileBlobBatch*>(&other);
        if (same == nullptr) {
            return Error(ErrorCode::invalid_argument, "expected a batch of the same store");
        }
        m_staged->absorb(*same->m_staged);
        if (same->m_number < m_number) {
            std::swap(m_folder, same->m_folder);
            std::swap(m_number, same->m_number);
        }
        return {};
    }

    void rest() override { m_staged->rest(); }

    Outcome commit() override {
        const auto blobs = m_staged->blobs();
        if (blobs.empty()) {
            return {};
        }
        if (m_staged->all_open()) {
            HG_CHECK(sync_contents(blobs));
        } else {
            HG_CHECK(sync_file_system(m_folder));
        }
        return put_in_place(m_root, blobs, &m_folder);
    }

  private:
    static std::uint64_t next_number() {
        static std::atomic<std::uint64_t> counter{0};
        return counter.fetch_add(1);
    }

    BlobRoot m_root;
    FileDescriptor m_folder;  // Open from the start, so that no write error goes unheard.
    std::uint64_t m_number = next_number();  // Grows in the order in which folders were opened.
    std::shared_ptr<StagingSink> m_staged = std::make_shared<StagingSink>();
};

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
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

bool is_for_blobs(const fs::path& folder) {
    std::error_code is_none;
    return folder.filename().native().size() == folder_digits && fs::is_directory(folder, is_none);
}

// The names alone, a million of which are read in seconds. Whatever is not named as a blob of this
// folder is none of ours: it is neither listed nor touched.
Result<std::vector<pki::Sha256>> blobs_in(const fs::path& folder) {
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
    if (open == nullptr) {
        return system_error(errno, "read the folder " + folder.string());
    }
    const std::string prefix = folder.filename().string();
    std::vector<pki::Sha256> blobs;
    while (true) {
        errno = 0;
        const dirent* const entry = ::readdir(open.get());
        if (entry == nullptr && errno != 0) {
            return system_error(errno, "read the folder " + folder.string());
        }
        if (entry == nullptr) {
            return blobs;
        }
        const std::string_view name(entry->d_name);
        const auto digest = pki::Sha256::parse_hex(name);
        if (digest && name.starts_with(prefix)) {
            blobs.push_back(*digest);
        }
    }
}

}  // namespace

FileBlobStore::FileBlobStore(fs::path root)
    : m_root(std::move(root)),
      m_folders(std::make_shared<BlobFolders>()),
      m_unfinished(std::make_shared<UnfinishedBlobs>(m_root / "unfinished")) {
}

fs::path FileBlobStore::path_of(const pki::Sha256& digest) const {
    return place_of(m_root, digest);
}

Result<std::unique_ptr<BlobWriter>> FileBlobStore::begin() {
    HG_CHECK(make_folder(m_root / "incoming"));
    HG_TRY(auto file, open_incoming(m_root));
    return std::unique_ptr<BlobWriter>(std::make_unique<FileBlobWriter>(
        std::make_shared<SingleSink>(BlobRoot{m_root, m_folders, m_unfinished}), std::move(file)
    ));
}

Result<std::unique_ptr<BlobBatch>> FileBlobStore::begin_batch() {
    const auto incoming = m_root / "incoming";
    HG_CHECK(make_folder(incoming));
    FileDescriptor folder(::open(incoming.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) {
        return system_error(errno, "open the folder " + incoming.string());
    }
    return std::unique_ptr<BlobBatch>(std::make_unique<FileBlobBatch>(
        BlobRoot{m_root, m_folders, m_unfinished}, std::move(folder)
    ));
}

Result<OpenBlob> FileBlobStore::open(const pki::Sha256& digest) const {
    const auto path = path_of(digest);
    // O_NONBLOCK: a FIFO put in a blob's place must not hang the server.
    FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!descriptor.is_open()) {
        return blob_error(errno, "open the blob " + path.string());
    }
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) {
        return blob_error(errno, "look at the blob " + path.string());
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
    HG_TRY(const auto folders, entries_of(m_root));
    for (const auto& folder : folders) {
        if (is_for_blobs(folder)) {
            HG_TRY(const auto some, blobs_in(folder));
            blobs.insert(blobs.end(), some.begin(), some.end());
        }
    }
    return blobs;
}

Outcome FileBlobStore::sync_names() const {
    HG_TRY(const auto folders, entries_of(m_root));
    for (const auto& folder : folders) {
        std::error_code failure;
        if (fs::is_directory(folder, failure)) {
            HG_CHECK(sync_folder(folder));
        }
    }
    return sync_folder(m_root);
}

Result<std::size_t> FileBlobStore::sweep() {
    HG_TRY(std::size_t removed, m_unfinished->sweep());
    const auto incoming = m_root / "incoming";
    std::error_code failure;
    if (!fs::exists(incoming, failure)) {
        return removed;
    }
    HG_TRY(const auto stale, entries_of(incoming));
    const auto is_marker = [](const fs::path& path) {
        return path.filename().string().starts_with(marker_prefix);
    };
    if (std::any_of(stale.begin(), stale.end(), is_marker)) {
        HG_CHECK(sync_names());
    }
    for (const auto& path : stale) {
        // Not synced: what comes back after a power loss is swept again.
        if (::unlink(path.c_str()) != 0) {
            return system_error(errno, "remove " + path.string());
        }
        removed += is_marker(path) ? 0U : 1U;
    }
    return removed;
}

Result<std::size_t> FileBlobStore::drop_unfinished() {
    return m_unfinished->drop();
}

}  // namespace heliograph::mirror
