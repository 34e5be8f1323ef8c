// SPDX-License-Identifier: Apache-2.0
// Private: the archive of a bundle while it is written: a tar in the pax form, zstd around it.
#pragma once

#include <mirror/bundle/bundle_format.hpp>
#include <mirror/store/blob_store.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace heliograph::mirror {

/// Nothing of the final name exists before finish().
/// @thread One thread.
class BundleWriter {
  public:
    /// @errors io, denied, not_found (folder).
    [[nodiscard]] static Result<BundleWriter> create(const std::filesystem::path& final_path);
    BundleWriter(BundleWriter&&) noexcept;
    BundleWriter& operator=(BundleWriter&&) noexcept;
    BundleWriter(const BundleWriter&) = delete;
    BundleWriter& operator=(const BundleWriter&) = delete;
    ~BundleWriter();

    /// @errors io.
    Outcome put(const std::string& name, ByteSpan content);

    /// A blob under `blobs/` and its digest, hashed on the way.
    /// @errors io (also: the blob is damaged).
    Outcome put_blob(const pki::Sha256& digest, const OpenBlob& blob);

    /// Writes the seal, and makes the archive durable under its name.
    /// @return The digest of the whole file. @errors io, exists.
    [[nodiscard]] Result<pki::Sha256> finish();

    [[nodiscard]] std::uint64_t size_bytes() const;

  private:
    struct State;
    explicit BundleWriter(std::unique_ptr<State> state);
    [[nodiscard]] Outcome begin_entry(const std::string& name, std::uint64_t size_bytes);
    [[nodiscard]] Outcome write(ByteSpan piece);

    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::mirror
