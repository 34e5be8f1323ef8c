// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/memory_blob_store.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace heliograph::mirror {

struct MemoryBlobStore::Shared {
    struct Unfinished {
        Bytes bytes;
        std::string tag;
    };

    std::mutex mutex;
    std::map<pki::Sha256, Bytes> blobs;
    std::map<pki::Sha256, Unfinished> unfinished;
};

class MemoryBlobStore::Writer final : public BlobWriter {
  public:
    explicit Writer(std::shared_ptr<Shared> shared) : m_shared(std::move(shared)) {}

    Outcome write(ByteSpan bytes) override {
        HG_ASSERT(!m_digest);
        m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
        return {};
    }

    [[nodiscard]] std::uint64_t size_bytes() const override { return m_bytes.size(); }

    pki::Sha256 finish() override {
        if (!m_digest) {
            m_digest = pki::sha256(m_bytes);
        }
        return *m_digest;
    }

    Result<pki::Sha256> commit() override {
        const auto digest = finish();
        const std::lock_guard lock(m_shared->mutex);
        m_shared->blobs.insert_or_assign(digest, std::move(m_bytes));
        return digest;
    }

  private:
    std::shared_ptr<Shared> m_shared;
    Bytes m_bytes;
    std::optional<pki::Sha256> m_digest;
};

// Its own little store, poured into the large one by commit().
class MemoryBlobStore::Resumable final : public ResumableBlob {
  public:
    // Goes on with what another left, which is then nobody else's.
    Resumable(std::shared_ptr<Shared> staged, std::shared_ptr<Shared> target, pki::Sha256 digest)
        : m_staged(std::move(staged)), m_target(std::move(target)), m_expected(digest) {
        const std::lock_guard lock(m_target->mutex);
        const auto found = m_target->unfinished.find(digest);
        if (found != m_target->unfinished.end()) {
            m_left = std::move(found->second);
            m_tag = m_left.tag;
            m_target->unfinished.erase(found);
        }
    }
    Resumable(const Resumable&) = delete;
    Resumable& operator=(const Resumable&) = delete;
    ~Resumable() override {
        if (m_kept && !m_bytes.empty()) {
            const std::lock_guard lock(m_target->mutex);
            m_target->unfinished.insert_or_assign(
                m_expected, Shared::Unfinished{std::move(m_bytes), m_tag}
            );
        }
    }

    Outcome write(ByteSpan bytes) override {
        m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
        return {};
    }
    [[nodiscard]] std::uint64_t size_bytes() const override { return m_bytes.size(); }
    pki::Sha256 finish() override { return pki::sha256(m_bytes); }
    Result<pki::Sha256> commit() override {
        const auto digest = finish();
        const std::lock_guard lock(m_staged->mutex);
        m_staged->blobs.insert_or_assign(digest, std::exchange(m_bytes, {}));
        return digest;
    }
    Outcome replay(const std::function<Outcome(ByteSpan)>& take) override {
        m_bytes = std::exchange(m_left.bytes, {});
        return m_bytes.empty() ? Outcome() : take(m_bytes);
    }
    [[nodiscard]] const std::string& tag() const override { return m_tag; }
    void remember_tag(std::string_view tag) override {
        if (!tag.empty()) {
            m_tag = tag;
        }
    }
    Outcome restart() override {
        m_bytes.clear();
        m_tag.clear();
        return {};
    }
    void keep() override { m_kept = true; }

  private:
    std::shared_ptr<Shared> m_staged;
    std::shared_ptr<Shared> m_target;
    pki::Sha256 m_expected;
    Shared::Unfinished m_left;
    Bytes m_bytes;
    std::string m_tag;
    bool m_kept = false;
};

class MemoryBlobStore::Batch final : public BlobBatch {
  public:
    explicit Batch(std::shared_ptr<Shared> target) : m_target(std::move(target)) {}

    Result<std::unique_ptr<BlobWriter>> begin() override {
        return std::unique_ptr<BlobWriter>(std::make_unique<Writer>(m_staged));
    }

    Result<std::unique_ptr<ResumableBlob>> begin_resumable(const pki::Sha256& digest) override {
        return std::unique_ptr<ResumableBlob>(
            std::make_unique<Resumable>(m_staged, m_target, digest)
        );
    }

    Outcome absorb(BlobBatch& other) override {
        auto* const same = dynamic_cast<Batch*>(&other);
        if (same == nullptr) {
            return Error(ErrorCode::invalid_argument, "expected a batch of the same store");
        }
        const std::scoped_lock lock(same->m_staged->mutex, m_staged->mutex);
        m_staged->blobs.merge(same->m_staged->blobs);
        same->m_staged->blobs.clear();
        return {};
    }

    void rest() override {}

    Outcome commit() override {
        const std::scoped_lock lock(m_target->mutex, m_staged->mutex);
        for (auto& [digest, bytes] : m_staged->blobs) {
            m_target->blobs.insert_or_assign(digest, std::move(bytes));
        }
        return {};
    }

  private:
    std::shared_ptr<Shared> m_target;
    std::shared_ptr<Shared> m_staged = std::make_shared<Shared>();
};

MemoryBlobStore::MemoryBlobStore() : m_shared(std::make_shared<Shared>()) {
}

Result<std::unique_ptr<BlobWriter>> MemoryBlobStore::begin() {
    return std::unique_ptr<BlobWriter>(std::make_unique<Writer>(m_shared));
}

Result<std::unique_ptr<BlobBatch>> MemoryBlobStore::begin_batch() {
    return std::unique_ptr<BlobBatch>(std::make_unique<Batch>(m_shared));
}

Result<OpenBlob> MemoryBlobStore::open(const pki::Sha256& digest) const {
    const std::lock_guard lock(m_shared->mutex);
    const auto found = m_shared->blobs.find(digest);
    if (found == m_shared->blobs.end()) {
        return Error(
            ErrorCode::not_found, "expected a blob " + digest.to_hex() + ", there is none"
        );
    }
    FileDescriptor descriptor(::memfd_create("blob", MFD_CLOEXEC));
    if (!descriptor.is_open()) {
        return system_error(errno, "make a file in memory");
    }
    const auto& bytes = found->second;
    std::size_t written = 0;
    while (written < bytes.size()) {
        const auto count = ::pwrite(
            descriptor.get(),
            bytes.data() + written,
            bytes.size() - written,
            static_cast<::off_t>(written)
        );
        if (count < 0) {
            return system_error(errno, "fill a file in memory");
        }
        written += static_cast<std::size_t>(count);
    }
    return OpenBlob{.descriptor = std::move(descriptor), .size_bytes = bytes.size()};
}

Outcome MemoryBlobStore::remove(const pki::Sha256& digest) {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->blobs.erase(digest);
    return {};
}

Result<std::vector<pki::Sha256>> MemoryBlobStore::list() const {
    const std::lock_guard lock(m_shared->mutex);
    std::vector<pki::Sha256> digests;
    for (const auto& [digest, bytes] : m_shared->blobs) {
        digests.push_back(digest);
    }
    return digests;
}

Result<std::size_t> MemoryBlobStore::sweep() {
    return std::size_t{0};
}

Result<std::size_t> MemoryBlobStore::drop_unfinished() {
    const std::lock_guard lock(m_shared->mutex);
    const auto removed = m_shared->unfinished.size();
    m_shared->unfinished.clear();
    return removed;
}

void MemoryBlobStore::plant(const pki::Sha256& digest, ByteSpan bytes) {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->blobs.insert_or_assign(digest, to_bytes(bytes));
}

}  // namespace heliograph::mirror
