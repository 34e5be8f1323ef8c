// SPDX-License-Identifier: Apache-2.0
// Blobs as files:
//
//   blobs/<first two hex digits>/<all 64 hex digits>   a committed blob
//   blobs/incoming/                                    what is being written; swept after a crash
//   blobs/unfinished/                                  beginnings of large ones
//   (unfinished_blobs.hpp) blobs/incoming/unsynced.<process>.<count>          names were changed
//   and are not synced yet
#pragma once

#include <mirror/store/blob_store.hpp>

#include <filesystem>
#include <memory>

namespace heliograph::mirror {

class BlobFolders;
class UnfinishedBlobs;

/// @thread Safe.
class FileBlobStore final : public BlobStore {
  public:
    /// @param root  `blobs`; made when the first blob is written.
    explicit FileBlobStore(std::filesystem::path root);

    [[nodiscard]] Result<std::unique_ptr<BlobWriter>> begin() override;
    [[nodiscard]] Result<std::unique_ptr<BlobBatch>> begin_batch() override;
    [[nodiscard]] Result<OpenBlob> open(const pki::Sha256& digest) const override;
    Outcome remove(const pki::Sha256& digest) override;
    [[nodiscard]] Result<std::vector<pki::Sha256>> list() const override;
    Result<std::size_t> sweep() override;
    Result<std::size_t> drop_unfinished() override;

    /// Where a blob lies, or would lie.
    [[nodiscard]] std::filesystem::path path_of(const pki::Sha256& digest) const;

  private:
    [[nodiscard]] Outcome sync_names() const;

    std::filesystem::path m_root;
    std::shared_ptr<BlobFolders> m_folders;  ///< Shared with what is being written.
    std::shared_ptr<UnfinishedBlobs> m_unfinished;
};

}  // namespace heliograph::mirror
