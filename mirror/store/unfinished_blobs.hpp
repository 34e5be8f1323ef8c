// SPDX-License-Identifier: Apache-2.0
// Private: the beginnings of blobs in the file store, which later writers go on with.
//
//   blobs/unfinished/<64 hex digits>            of a blob with this digest, so far
//   blobs/unfinished/<64 hex digits>.<hex>      the same, and the entity tag under which it came
//
// The tag is part of the name, so that both appear and go together. What lies there was synced by
// nobody and is believed by nobody: the digest of the whole tells.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace heliograph::mirror {

namespace unfinished_limits {
/// Less of a blob is asked for anew: a rename and a look-up cost more than they save.
inline constexpr std::uint64_t least_bytes = 256 * 1024;
inline constexpr std::size_t count = 256;     ///< So many lie there at most, the newest.
inline constexpr std::size_t tag_bytes = 90;  ///< Longer tags are not remembered.
}  // namespace unfinished_limits

/// What lies there of one blob.
struct UnfinishedBlob {
    std::filesystem::path path;
    std::string tag;  ///< A strong entity tag, or empty.
};

/// @errors malformed (no name of such a file). @thread Safe.
[[nodiscard]] Result<std::pair<pki::Sha256, std::string>> parse_unfinished_name(
    std::string_view name
);

/// @param tag  Left out when it is empty, weak or too long. @thread Safe.
[[nodiscard]] std::string render_unfinished_name(const pki::Sha256& digest, std::string_view tag);

/// Whether this is a strong entity tag (RFC 9110 section 8.8.3) that a name has room for.
/// @thread Safe.
[[nodiscard]] bool is_memorable_tag(std::string_view tag);

class UnfinishedClaim;

/// @thread Safe. Other processes are kept out by the folder's lock.
class UnfinishedBlobs {
  public:
    explicit UnfinishedBlobs(std::filesystem::path folder) : m_folder(std::move(folder)) {}

    /// Looks what lies there; removes what has another name, what is too small, and the oldest of
    /// too many. @return How many were removed. @errors io.
    [[nodiscard]] Result<std::size_t> sweep();

    /// Removes all that no writer has at the moment. @return How many. @errors io.
    [[nodiscard]] Result<std::size_t> drop();

    /// The right to write the blob of this digest here; null while another has it.
    [[nodiscard]] static std::unique_ptr<UnfinishedClaim> claim(
        const std::shared_ptr<UnfinishedBlobs>& blobs, const pki::Sha256& digest
    );

  private:
    friend class UnfinishedClaim;

    std::filesystem::path m_folder;
    std::mutex m_mutex;
    std::map<pki::Sha256, UnfinishedBlob> m_lying;
    std::set<pki::Sha256> m_claimed;
};

/// While it lives nobody else writes this blob there.
/// @thread One thread at a time.
class UnfinishedClaim {
  public:
    UnfinishedClaim(std::shared_ptr<UnfinishedBlobs> blobs, const pki::Sha256& digest)
        : m_blobs(std::move(blobs)), m_digest(digest) {}
    UnfinishedClaim(const UnfinishedClaim&) = delete;
    UnfinishedClaim& operator=(const UnfinishedClaim&) = delete;
    /// What lies there is taken for gone, unless it was left.
    ~UnfinishedClaim();

    /// What lies there of it.
    [[nodiscard]] std::optional<UnfinishedBlob> lying() const;

    /// A place for it there; none when too many lie there already. @errors io, denied.
    [[nodiscard]] Result<std::optional<std::filesystem::path>> take_place(std::string_view tag);

    /// Nothing of it lies there any more.
    void forget();

    /// What lies there is for the next one who claims it.
    void leave() { m_left = true; }

  private:
    std::shared_ptr<UnfinishedBlobs> m_blobs;
    pki::Sha256 m_digest;
    bool m_left = false;
};

}  // namespace heliograph::mirror
