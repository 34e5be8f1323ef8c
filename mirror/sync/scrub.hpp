// SPDX-License-Identifier: Apache-2.0
// `mirror verify`: every stored byte against the catalogue, the catalogue's pages against their
// signatures, and the mending of what is damaged from the upstream.
#pragma once

#include <mirror/store/parallel.hpp>
#include <mirror/sync/sync_run.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// What a record says that a blob must be.
struct BlobClaim {
    std::string subject;
    pki::Sha256 digest;
    std::uint64_t size_bytes = 0;
};

/// One project with damage.
struct ScrubDamage {
    enum class State { found, repaired, lost };

    verify::ProjectName project;
    State state = State::found;
    verify::Verdict verdict;            ///< `stored-blob-damaged`, `stored-blob-missing`,
                                        ///< `stored-blob-unreadable`, `stored-page-damaged`,
                                        ///< `stored-record-missing`, those of the page gate.
    std::string reason;                 ///< Why it could not be repaired.
    std::optional<Error> failure = {};  ///< The same, when it was not to be had at all.
    std::vector<BlobClaim> blobs = {};  ///< Those that are not what records say.

    /// Whether nothing is wrong here but with the signer, and so with every page that it signed.
    [[nodiscard]] bool is_of_signer_alone() const;
};

/// Whether this is said of a blob.
/// @thread Safe. @cost None.
[[nodiscard]] bool is_of_blob(const verify::Finding& finding);

/// Whether this is said of a signer or its revocation lists: once for all pages is enough.
/// @thread Safe. @cost None.
[[nodiscard]] bool is_of_signer(const verify::Finding& finding);

struct ScrubReport {
    std::size_t projects = 0;
    std::size_t blobs = 0;    ///< Read and hashed.
    std::uint64_t bytes = 0;  ///< Of these.
    std::size_t unread = 0;   ///< Blobs that are as they were when they were hashed last.
    std::size_t orphans = 0;  ///< Blobs that no record names; removed when repairing. Not counted
                              ///< by a sample.
    std::vector<ScrubDamage> damage;

    /// Nothing is damaged any more.
    [[nodiscard]] bool sound() const;
};

/// How a folder is checked.
struct ScrubOptions {
    /// What happens to a blob whose inode, size and times are those of the last hash that was
    /// right, and to a page that was judged with the same bytes, signatures and signers.
    enum class Unchanged { is_read_again, counts_as_sound };

    SyncOptions sync = {};
    Unchanged unchanged = Unchanged::is_read_again;
    /// Projects are drawn at random until they hold so many files; none: all of them.
    std::optional<std::size_t> sample_files = {};
    /// These projects alone, as the catalogue listed them; none: as above.
    std::optional<std::vector<verify::RootEntry>> only = {};
    std::optional<std::uint64_t> bytes_per_second =
        {};  ///< Above 0; none: as fast as the disk gives.
    Workers workers = {};
};

/// What a scrub works on. The caller holds the folder's lock.
struct ScrubParts {
    Catalog& catalog;
    BlobStore& blobs;
    const verify::TrustBundle& trust;
    const Clock& clock;
    EventSink& events;
    /// Null: nothing is repaired. A master has nowhere to repair from.
    Upstream* upstream = nullptr;
    /// Where is kept what was found sound; empty: nowhere.
    std::filesystem::path memory = {};
};

/// Hashes every blob on all cores, checks every page under the policy of the options, compares
/// pages with records. With an upstream, what is damaged is fetched again through the gates of
/// sync; a damaged blob that cannot be had leaves service. An upstream that gives nothing ends no
/// check: what was to be repaired from it is told as lost, with the failure.
/// @errors io, denied, cancelled.
/// @thread Under the folder's lock. @cost Reads everything once.
[[nodiscard]] Result<ScrubReport> scrub(const ScrubParts& parts, const ScrubOptions& options);

/// Takes the folder's lock, opens what it holds, and scrubs once.
/// @param transport  Damage is repaired through it; null: it is reported.
/// @errors conflict (another process holds the folder), invalid_argument (repair of a master), as
/// above.
[[nodiscard]] Result<ScrubReport> scrub_folder(
    const MirrorFolder& named,
    Transport* transport,
    const ScrubOptions& options,
    const Clock& clock,
    EventSink& events
);

}  // namespace heliograph::mirror
