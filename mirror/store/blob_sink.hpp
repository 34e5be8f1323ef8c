// SPDX-License-Identifier: Apache-2.0
// Private: where a writer of the file store leaves a blob that is complete and has no name yet.
#pragma once

#include <mirror/store/staged_file.hpp>
#include <mirror/store/unfinished_blobs.hpp>
#include <pki/crypto/digest.hpp>

#include <memory>

namespace heliograph::mirror {

struct StagedBlob {
    /// Of a resumable blob; goes after the file, so that nobody else takes its place meanwhile.
    std::unique_ptr<UnfinishedClaim> claim;
    StagedFile file;
    pki::Sha256 digest;
};

class BlobSink {
  public:
    BlobSink() = default;
    BlobSink(const BlobSink&) = delete;
    BlobSink& operator=(const BlobSink&) = delete;
    virtual ~BlobSink() = default;

    virtual Outcome take(StagedBlob blob) = 0;
};

}  // namespace heliograph::mirror
