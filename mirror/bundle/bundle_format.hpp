// SPDX-License-Identifier: Apache-2.0
// The two documents that open and close a bundle, heliograph-bundle-1: see FORMAT.md.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/serial.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace heliograph::mirror {

namespace bundle_limits {
inline constexpr std::uint64_t document_bytes = 4096;        ///< Manifest or seal.
inline constexpr std::size_t changelog_pages = 100'000;      ///< Each of at most 1000 events.
inline constexpr std::uint64_t journal_bytes = 8ULL << 30U;  ///< All of these together; and
/// no more than this and so many bytes for each one of the archive.
inline constexpr std::uint64_t small_journal_bytes = 64ULL << 20U;
inline constexpr std::uint64_t journal_density = 100;
inline constexpr std::size_t refused_pages = 10'000;  ///< More: the bundle is refused.
}  // namespace bundle_limits

inline constexpr std::string_view bundle_manifest_name = "bundle.json";
inline constexpr std::string_view bundle_seal_name = "end.json";

/// The first entry: which part of a journal the bundle holds.
struct BundleManifest {
    verify::Serial since;       ///< Whoever stands below it cannot be brought forward by it.
    verify::Serial to;          ///< Where a mirror stands that took it in.
    verify::Serial checkpoint;  ///< Of the journal; not above `to`.
    Instant made;

    /// Where the bundle's journal begins: below the checkpoint there are no events.
    [[nodiscard]] verify::Serial journal_since() const {
        return since < checkpoint ? checkpoint : since;
    }
    /// Whether all projects are in it, with the list of them: what happened between its beginning
    /// and the checkpoint is not told by events.
    [[nodiscard]] bool is_whole() const { return since < checkpoint; }

    friend bool operator==(const BundleManifest&, const BundleManifest&) = default;
};

/// The last entry: what stands before it, so that a bundle that was cut off shows.
struct BundleSeal {
    std::uint64_t entries = 0;  ///< Before this one.
    pki::Sha256 listing;        ///< Of a line `NAME SIZE SHA256` and a line feed for each of them.

    friend bool operator==(const BundleSeal&, const BundleSeal&) = default;
};

/// JSON; equal values give equal bytes. @thread Safe. @cost None.
[[nodiscard]] std::string render_bundle_manifest(const BundleManifest& manifest);
[[nodiscard]] std::string render_bundle_seal(const BundleSeal& seal);

/// @param text  At most bundle_limits::document_bytes.
/// @errors malformed (also: serials that do not fit), unsupported (another format), too_large.
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<BundleManifest> parse_bundle_manifest(std::string_view text);
[[nodiscard]] Result<BundleSeal> parse_bundle_seal(std::string_view text);

/// Makes the seal while entries go by.
/// @thread One thread. @cost A pass over the names.
class BundleListing {
  public:
    void add(std::string_view name, std::uint64_t size_bytes, const pki::Sha256& content);
    /// For all that was added; once.
    [[nodiscard]] BundleSeal seal();

  private:
    std::uint64_t m_entries = 0;
    pki::Sha256Hasher m_hasher;
};

}  // namespace heliograph::mirror
