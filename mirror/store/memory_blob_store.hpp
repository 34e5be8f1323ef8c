// SPDX-License-Identifier: Apache-2.0
// Blobs in memory, for tests; an opened one has a real descriptor, so that its readers need no
// second path.
#pragma once

#include <mirror/store/blob_store.hpp>

#include <map>
#include <memory>
#include <mutex>

namespace heliograph::mirror {

/// @thread Safe.
class MemoryBlobStore final : public BlobStore {
  public:
    MemoryBlobStore();

    [[nodiscard]] Result<std::unique_ptr<BlobWriter>> begin() override;
    [[nodiscard]] Result<std::unique_ptr<BlobBatch>> begin_batch() override;
    [[nodiscard]] Result<OpenBlob> open(const pki::Sha256& digest) const override;
    Outcome remove(const pki::Sha256& digest) override;
    [[nodiscard]] Result<std::vector<pki::Sha256>> list() const override;
    Result<std::size_t> sweep() override;
    Result<std::size_t> drop_unfinished() override;

    /// Puts any bytes under any digest, as a damaged disk would.
    void plant(const pki::Sha256& digest, ByteSpan bytes);

  private:
    struct Shared;
    class Writer;
    class Resumable;
    class Batch;

    std::shared_ptr<Shared> m_shared;
};

}  // namespace heliograph::mirror
