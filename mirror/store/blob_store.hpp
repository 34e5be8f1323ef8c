// SPDX-License-Identifier: Apache-2.0
// Content under its digest: files and core metadata texts. A blob without a record is harmless and
// is swept later.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// A blob opened for reading. The descriptor stays readable after a removal.
struct OpenBlob {
    FileDescriptor descriptor;
    std::uint64_t size_bytes = 0;
};

/// One blob being written, hashed on the way. Dropped without commit(), nothing of it remains.
/// @thread One thread.
class BlobWriter {
  public:
    BlobWriter() = default;
    BlobWriter(const BlobWriter&) = delete;
    BlobWriter& operator=(const BlobWriter&) = delete;
    virtual ~BlobWriter() = default;

    /// @errors io (also: no space left). @cost One pass of SHA-256 and a copy to the page cache.
    virtual Outcome write(ByteSpan bytes) = 0;

    /// Bytes written so far.
    [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;

    /// The digest of what was written; no write() may follow. For a look at it before commit().
    [[nodiscard]] virtual pki::Sha256 finish() = 0;

    /// Makes the blob durable under its digest: content synced, renamed, folder synced. A blob that
    /// is there already is replaced by the fresh one, which heals a damaged copy. Nothing may be
    /// called after it.
    /// @return The digest. @errors io.
    virtual Result<pki::Sha256> commit() = 0;
};

/// A blob of known digest, written over as many runs as it takes: what was written of it stays for
/// the next writer when this one is killed, or is dropped after keep(). Little is not worth that,
/// and is forgotten.
/// @thread One thread.
class ResumableBlob : public BlobWriter {
  public:
    /// Hands over, and counts as written, what an earlier writer left. Nobody knows whether it is
    /// right: the digest of the whole tells. Before any write().
    /// @errors io, those of @p take, after which only restart() helps. @cost One pass.
    virtual Outcome replay(const std::function<Outcome(ByteSpan)>& take) = 0;

    /// The entity tag under which what is here came; empty when nobody knows.
    [[nodiscard]] virtual const std::string& tag() const = 0;

    /// Under which tag the rest comes; one that is empty changes nothing.
    virtual void remember_tag(std::string_view tag) = 0;

    /// Forgets all that was written: it was wrong. @errors io.
    virtual Outcome restart() = 0;

    /// Dropped from now on, what was written stays for the next writer.
    virtual void keep() = 0;
};

/// Blobs that become durable together, for a small part of what syncing each of them costs.
/// Dropped without commit(), nothing of them remains.
/// @thread begin() and the writers may be used from several threads, each writer from one.
class BlobBatch {
  public:
    BlobBatch() = default;
    BlobBatch(const BlobBatch&) = delete;
    BlobBatch& operator=(const BlobBatch&) = delete;
    virtual ~BlobBatch() = default;

    /// A writer whose commit() gives its blob to this batch and makes nothing durable.
    /// The batch must outlive it. @errors io, denied.
    [[nodiscard]] virtual Result<std::unique_ptr<BlobWriter>> begin() = 0;

    /// The same for a blob whose digest is known, so that it can be gone on with.
    /// @errors io, denied.
    [[nodiscard]] virtual Result<std::unique_ptr<ResumableBlob>> begin_resumable(
        const pki::Sha256& digest
    ) = 0;

    /// Takes over what the committed writers of another batch of the same store gave to it, so that
    /// work that ends at different times becomes durable together. Nothing is left in the other.
    /// @errors invalid_argument (a batch of another kind of store).
    virtual Outcome absorb(BlobBatch& other) = 0;

    /// Lets go of the open files that make commit() cheaper for a few blobs: for a batch that waits
    /// among many others. The batch may be used on.
    virtual void rest() = 0;

    /// Makes the blobs of all committed writers durable under their digests: every content synced,
    /// then every name, then the folders. A name never stands for content that is not durable.
    /// Nothing may be called after it.
    /// @errors io; then some of the blobs may stand, each whole: orphans, which are harmless.
    virtual Outcome commit() = 0;
};

/// Blobs by SHA-256.
/// @thread Safe: blobs may be read, written and removed from several threads.
class BlobStore {
  public:
    BlobStore() = default;
    BlobStore(const BlobStore&) = delete;
    BlobStore& operator=(const BlobStore&) = delete;
    virtual ~BlobStore() = default;

    /// @errors io, denied.
    [[nodiscard]] virtual Result<std::unique_ptr<BlobWriter>> begin() = 0;

    /// @errors io, denied.
    [[nodiscard]] virtual Result<std::unique_ptr<BlobBatch>> begin_batch() = 0;

    /// @errors As blob_error(). @cost Two system calls; the content is not hashed.
    [[nodiscard]] virtual Result<OpenBlob> open(const pki::Sha256& digest) const = 0;

    /// Removes one blob; one that is not here is no error. @errors io.
    virtual Outcome remove(const pki::Sha256& digest) = 0;

    /// Every blob, in no order. @cost Reads every folder.
    [[nodiscard]] virtual Result<std::vector<pki::Sha256>> list() const = 0;

    /// Tidies up after writers that were killed: removes what they never committed, but for what a
    /// resumable blob can go on with, and makes durable what they had put in place but not synced.
    /// Call it under the folder's lock only, before the first write.
    /// @return How many were removed. @errors io. @cost Reads one folder; after a kill between a
    /// rename and its sync, syncs every folder.
    virtual Result<std::size_t> sweep() = 0;

    /// Removes what resumable blobs left for their next writers: nobody wants them any more. While
    /// nothing is written. @return How many were removed. @errors io.
    virtual Result<std::size_t> drop_unfinished() = 0;
};

/// Why a blob cannot be had: not_found, or io where the disk does not give it or holds something
/// else in its place, which is damage of this blob. denied: the system does not let this process
/// have it, for its rights or for want of descriptors or memory, which says nothing of the blob.
/// @param action  As system_error(). @thread Safe. @cost None.
[[nodiscard]] Error blob_error(int error_number, std::string_view action);

/// The whole content of a blob, not checked against its digest.
/// @param limit_bytes  The largest size accepted.
/// @errors too_large, as blob_error(). @thread Safe.
[[nodiscard]] Result<Bytes> read_blob(
    const BlobStore& blobs, const pki::Sha256& digest, std::uint64_t limit_bytes
);

/// An opened blob from its first byte to its end, wherever its offset stands.
/// @errors As blob_error(), those of @p take, which ends the reading. @thread Safe. @cost One pass.
[[nodiscard]] Outcome read_blob_pieces(
    const OpenBlob& blob, const std::function<Outcome(ByteSpan)>& take
);

/// The digest of what is stored under @p name, read in pieces; equal to @p name when the blob is
/// sound.
/// @errors As blob_error(). @thread Safe. @cost One pass over the blob.
[[nodiscard]] Result<pki::Sha256> hash_blob(const BlobStore& blobs, const pki::Sha256& name);

/// Told of each piece that was read; its failure ends the reading.
using PieceProgress = std::function<Outcome(std::uint64_t piece_bytes)>;

/// The digest of an opened blob. @errors As blob_error(), those of @p progress. @thread Safe.
/// @cost One pass.
[[nodiscard]] Result<pki::Sha256> hash_blob(const OpenBlob& blob, const PieceProgress& progress);

/// Whether a blob of this size is stored; the content is not read.
/// @errors io. @thread Safe. @cost Two system calls.
[[nodiscard]] Result<bool> holds_blob(
    const BlobStore& blobs, const pki::Sha256& digest, std::uint64_t size_bytes
);

}  // namespace heliograph::mirror
