// SPDX-License-Identifier: Apache-2.0
// Private: the archive of a bundle while it is read, front to back, once. Nothing of it becomes a
// path.
#pragma once

#include <mirror/bundle/bundle_format.hpp>
#include <pki/base/bytes.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace heliograph::mirror {

/// The head of an entry: a plain file that states its size.
struct BundleEntry {
    std::string name;  ///< As it stands in the archive, printable ASCII.
    std::uint64_t size_bytes = 0;
};

/// @thread One thread.
class BundleReader {
  public:
    /// @errors not_found, denied, invalid_argument (not a regular file, say a pipe, which could
    /// not be waited for), io.
    [[nodiscard]] static Result<BundleReader> open(const std::filesystem::path& path);
    BundleReader(BundleReader&&) noexcept;
    BundleReader& operator=(BundleReader&&) noexcept;
    BundleReader(const BundleReader&) = delete;
    BundleReader& operator=(const BundleReader&) = delete;
    ~BundleReader();

    /// The digest of the whole file, whatever was read of it; moves nothing.
    /// @errors cancelled, io. @cost One pass over the file.
    [[nodiscard]] Result<pki::Sha256> hash(const std::stop_token& stop) const;

    /// Of the file, when it was opened.
    [[nodiscard]] std::uint64_t size_bytes() const;
    /// Whether the archive ended: where something was still wanted of it, it was cut off.
    [[nodiscard]] bool was_cut() const;

    /// The next entry; none at the archive's end. What was not read of the last one is passed over.
    /// @errors malformed (no sound archive, a link, a folder, a size that is not stated), io.
    [[nodiscard]] Result<std::optional<BundleEntry>> next();

    /// The content of the entry, piece by piece: exactly the size that it states.
    /// @errors malformed, io, those of @p sink.
    Outcome read(const std::function<Outcome(ByteSpan)>& sink);

    /// The same into memory. @errors too_large (it states more than @p limit_bytes), as above.
    [[nodiscard]] Result<Bytes> read_all(std::uint64_t limit_bytes);

    /// Reads the file to its end. @return The digest of the whole file. @errors io.
    [[nodiscard]] Result<pki::Sha256> finish();

  private:
    struct State;
    explicit BundleReader(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::mirror
