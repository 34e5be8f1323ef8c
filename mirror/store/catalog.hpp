// SPDX-License-Identifier: Apache-2.0
// The catalogue: which pages, files, evidence and journal rows a folder holds. One write
// transaction is the only commit point of a publish or of one synchronised project; blobs are
// durable before a row names them.
#pragma once

#include <mirror/store/catalog_transaction.hpp>
#include <mirror/store/file_filter.hpp>
#include <mirror/store/follow_state.hpp>
#include <mirror/store/journal_event.hpp>
#include <mirror/store/project_state.hpp>
#include <mirror/store/record.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <verify/index/file_path.hpp>
#include <verify/index/project_page.hpp>
#include <verify/index/root_list.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

struct CatalogState {
    verify::Serial last_serial;  ///< Events up to here are visible; on a mirror it is the cursor.
    std::optional<Instant>
        last_modified;  ///< Start of the last completed sync, or time of the last publish.
    /// Up to here the journal may hold the newest event of each project alone: whoever stands
    /// before it cannot follow by events. Never above `last_serial`.
    verify::Serial checkpoint = {};
};

/// What a folder holds.
/// @thread One thread at a time for each object; a server opens one for each of its loops. Readers
/// never wait for the
///         writer and see whole transactions only.
class Catalog {
  public:
    Catalog() = default;
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;
    virtual ~Catalog() = default;

    /// One page as stored. @errors not_found, io. @cost One indexed read and a copy of the body.
    [[nodiscard]] virtual Result<StoredPage> page(
        const verify::ProjectName& project, verify::PageForm form
    ) const = 0;

    /// The digest of one page, as it was stored with it. @errors not_found, io. @cost One indexed
    /// read; the body is neither read nor hashed.
    [[nodiscard]] virtual Result<pki::Sha256> page_digest(
        const verify::ProjectName& project, verify::PageForm form
    ) const = 0;

    /// The digests of both pages of each of these projects, in their order. @param projects  As
    /// projects() gives them, a run of it. @errors not_found (one has not both pages), io.
    /// @cost One indexed read of the whole run, which takes a fifth of what single ones take.
    [[nodiscard]] virtual Result<std::vector<PageDigests>> page_digests(
        std::span<const verify::RootEntry> projects
    ) const = 0;

    /// The key whose signatures are kept beside the first ones; none outside of an overlap.
    [[nodiscard]] virtual Result<std::optional<pki::Sha256>> other_key() const = 0;

    /// The second signature of a page; none where it has none. @cost One indexed read.
    [[nodiscard]] virtual Result<std::optional<Bytes>> other_signature(
        const verify::ProjectName& project, verify::PageForm form
    ) const = 0;

    /// How many pages have no second signature. @cost Reads all signatures.
    [[nodiscard]] virtual Result<std::uint64_t> count_without_other_signature() const = 0;

    /// How people write a project's name, also when it was removed; the normalised one where
    /// nothing else is known. @cost One indexed read.
    [[nodiscard]] virtual Result<std::string> display_name(const verify::ProjectName& project
    ) const = 0;

    /// What put_page_tag() kept; empty: none. @cost One indexed read.
    [[nodiscard]] virtual Result<std::string> page_tag(const verify::ProjectName& project
    ) const = 0;

    /// The record of one file by content and name, as file URLs give them. @errors not_found (also
    /// of a withheld file), io.
    [[nodiscard]] virtual Result<FileRecord> file(const verify::FilePath& path) const = 0;

    /// The same by name alone.
    [[nodiscard]] virtual Result<FileRecord> file_named(const verify::DistFileName& name) const = 0;

    /// The file records that one project offers, by name; none when the project is not here.
    [[nodiscard]] virtual Result<std::vector<FileRecord>> files(const verify::ProjectName& project
    ) const = 0;

    /// The file records of a project that are kept back, by name.
    [[nodiscard]] virtual Result<std::vector<FileRecord>> withheld_files(
        const verify::ProjectName& project
    ) const = 0;

    /// The files that the page of a project names and the mirror's filter left out, by name.
    [[nodiscard]] virtual Result<std::vector<LeftOutFile>> left_out_files(
        const verify::ProjectName& project
    ) const = 0;

    /// One of them by content and name; none when it is no such file. @cost One indexed read.
    [[nodiscard]] virtual Result<std::optional<LeftOutFile>> left_out(const verify::FilePath& path
    ) const = 0;

    /// The same by name alone.
    [[nodiscard]] virtual Result<std::optional<LeftOutFile>> left_out_named(
        const verify::DistFileName& name
    ) const = 0;

    /// All of them counted, by reason; reasons without files are not listed. @cost Reads an index.
    [[nodiscard]] virtual Result<std::vector<LeftOutCount>> left_out_counts() const = 0;

    /// The projects of which a file was left out for its age and is old enough by now; each once,
    /// by name. @cost An indexed read, and one for each.
    [[nodiscard]] virtual Result<std::vector<verify::ProjectName>> ripe_projects(Instant now
    ) const = 0;

    /// When the next file becomes old enough; none when none waits. Of pending projects, which have
    /// a turn of their own, none is counted. @cost An indexed read, and one for each of these.
    [[nodiscard]] virtual Result<std::optional<Instant>> next_ripe() const = 0;

    /// What shelve() kept; none when nothing is on the shelf.
    [[nodiscard]] virtual Result<std::optional<Bytes>> shelf(const verify::ProjectName& project
    ) const = 0;

    /// The content that a retired file name stands for; none when it was never retired.
    [[nodiscard]] virtual Result<std::optional<pki::Sha256>> retired(
        const verify::DistFileName& name
    ) const = 0;

    /// All retired files of a project, whatever the spelling of their names; the same name may come
    /// back with its content, and is listed all the same.
    /// @cost Reads the retired names of all projects with the same first letter.
    [[nodiscard]] virtual Result<std::vector<verify::FilePath>> retired_files(
        const verify::ProjectName& project
    ) const = 0;

    /// Whether a file, metadata or provenance record names this blob, withheld ones too.
    [[nodiscard]] virtual Result<bool> names_blob(const pki::Sha256& digest) const = 0;

    /// Every project that has a page, by name, with the serial of its page.
    [[nodiscard]] virtual Result<std::vector<verify::RootEntry>> projects() const = 0;

    /// The serial of the newest page that the project ever had here, also when it was removed; none
    /// when it never had one. @cost One indexed read.
    [[nodiscard]] virtual Result<std::optional<verify::Serial>> newest_serial(
        const verify::ProjectName& project
    ) const = 0;

    /// The highest serial of any page that was ever here; zero when there was none.
    /// @cost Reads the serials of all projects.
    [[nodiscard]] virtual Result<verify::Serial> newest_serial() const = 0;

    /// Projects whose revision is above @p revision, ascending by it, at most @p most of them;
    /// removed ones too. @cost Independent of how many projects did not change.
    [[nodiscard]] virtual Result<std::vector<ProjectState>> projects_since(
        std::uint64_t revision, std::size_t most
    ) const = 0;

    /// @errors not_found (never stored), io.
    [[nodiscard]] virtual Result<Bytes> evidence(EvidenceKind kind) const = 0;

    /// Events inside a range, ascending, at most @p most of them. Rows above the last serial of
    /// state() are not complete yet: whoever shows events to others ends the range there, with a
    /// state read before.
    [[nodiscard]] virtual Result<std::vector<JournalEvent>> events(
        const SerialRange& range, std::size_t most
    ) const = 0;

    /// The newest visible events of one project, newest first, at most @p most of them; what was
    /// compacted is gone. @cost Reads the journal once, which has no index for it.
    [[nodiscard]] virtual Result<std::vector<JournalEvent>> newest_events(
        const verify::ProjectName& project, std::size_t most
    ) const = 0;

    /// The highest checkpoint that keeps at least what @p bound asks for. Events of doubtful times
    /// (clocks go back) are kept. @cost Reads the journal's index, or the journal once for a time.
    [[nodiscard]] virtual Result<verify::Serial> checkpoint_for(const HistoryBound& bound
    ) const = 0;

    /// How many events the journal holds. @cost Reads an index.
    [[nodiscard]] virtual Result<std::uint64_t> event_count() const = 0;

    /// Every pending project, by name.
    [[nodiscard]] virtual Result<std::vector<PendingProject>> pending() const = 0;

    /// The same counted. @param most  Of the projects that are listed. @cost Two indexed reads.
    [[nodiscard]] virtual Result<PendingOverview> pending_overview(std::size_t most) const = 0;

    /// How many projects have a page. @cost Reads an index, no page.
    [[nodiscard]] virtual Result<std::uint64_t> project_count() const = 0;

    [[nodiscard]] virtual Result<UpstreamState> upstream_state() const = 0;

    [[nodiscard]] virtual Result<CatalogState> state() const = 0;

    /// A number that differs after any commit by anyone; for caches. Comparable within one object
    /// only.
    /// @cost Under a microsecond: no table is read.
    [[nodiscard]] virtual Result<std::uint64_t> change_counter() const = 0;

    /// Gives room that no row uses any more back to the disk, when it is a twentieth or more.
    /// Changes no content; killed at any moment, it has happened or not. No transaction is open.
    /// @errors conflict (another writer stayed), io (also: no room for a second copy meanwhile).
    /// @cost Writes the catalogue anew.
    virtual Outcome give_back_room() = 0;

    /// Opens the write transaction. Read what you need of it before you write: reads through this
    /// object may see it.
    /// @errors conflict (another writer stayed), io.
    [[nodiscard]] virtual Result<std::unique_ptr<CatalogTransaction>> begin() = 0;
};

}  // namespace heliograph::mirror
