// SPDX-License-Identifier: Apache-2.0
// Private: a blob store that keeps nothing, for those who only look at what goes by.
#pragma once

#include <mirror/store/blob_store.hpp>

namespace heliograph::mirror {

/// Whatever was written is hashed and gone. @thread Safe.
class PassingBlobs final : public BlobStore {
  public:
    [[nodiscard]] Result<std::unique_ptr<BlobWriter>> begin() override;
    [[nodiscard]] Result<std::unique_ptr<BlobBatch>> begin_batch() override;
    [[nodiscard]] Result<OpenBlob> open(const pki::Sha256& digest) const override;
    Outcome remove(const pki::Sha256& /*digest*/) override { return {}; }
    [[nodiscard]] Result<std::vector<pki::Sha256>> list() const override {
        return std::vector<pki::Sha256>();
    }
    Result<std::size_t> sweep() override { return std::size_t{0}; }
    Result<std::size_t> drop_unfinished() override { return std::size_t{0}; }
};

}  // namespace heliograph::mirror
