// SPDX-License-Identifier: Apache-2.0
// The catalogue: which pages, files, evidence and journal rows a folder holds. One write
// transaction is the only commit point of a publish or of one synchronised project; blobs are
// durable before a row names them.
#pragma once

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
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// Documents that prove the page signatures, as served.
enum class EvidenceKind {
    server_key,        ///< PEM SubjectPublicKeyInfo of the current signer; served by a master only.
    signer_chain,      ///< PEM certificates: signers, then intermediates.
    revocation_lists,  ///< PEM CRLs, concatenated.
};

struct CatalogState {
    verify::Serial last_serial;  ///< Events up to here are visible; on a mirror it is the cursor.
    std::optional<Instant>
        last_modified;  ///< Start of the last completed sync, or time of the last publish.
    /// Up to here the journal may hold the newest event of each project alone: whoever stands
    /// before it cannot follow by events. Never above `last_serial`.
    verify::Serial checkpoint = {};
};

/// All writes of one step. Dropped without commit(), nothing of it remains.
/// @thread One thread. At most one is open in all processes on a folder; a second waits shortly,
/// then is a conflict.
class CatalogTransaction {
  public:
    CatalogTransaction() = default;
    CatalogTransaction(const CatalogTransaction&) = delete;
    CatalogTransaction& operator=(const CatalogTransaction&) = delete;
    virtual ~CatalogTransaction() = default;

    /// Takes the next serial of a master's journal; the catalogue's last serial follows it at
    /// commit.
    virtual Result<verify::Serial> take_serial() = 0;

    /// Puts or replaces one form of a page; the project comes into being with its first page, and
    /// has the status of the newest one.
    virtual Outcome put_page(
        const verify::ProjectName& project, verify::PageForm form, const StoredPage& page
    ) = 0;

    /// Replaces the signature of a page that is here; nothing else of it changes.
    /// @param signature  Over the bytes whose digest page_digest() gives. @errors not_found.
    virtual Outcome put_signature(
        const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
    ) = 0;

    /// Puts or replaces the record of one file. Its blobs must be durable already.
    virtual Outcome put_file(const FileRecord& file) = 0;

    /// @errors not_found.
    virtual Outcome remove_file(const verify::DistFileName& name) = 0;

    /// Removes pages, shelf and file records; a tombstone, journal rows and a pending entry stay. A
    /// project that is not here is no error.
    virtual Outcome remove_project(const verify::ProjectName& project) = 0;

    /// Keeps a project's files back: @p body, from which its page can be made again, goes to its
    /// shelf, and all its file records are withheld.
    virtual Outcome shelve(const verify::ProjectName& project, ByteSpan body) = 0;

    /// Empties the shelf and offers the file records again. No shelf is no error.
    virtual Outcome unshelve(const verify::ProjectName& project) = 0;

    /// Remembers for ever which content a file name had, so that it never stands for another.
    virtual Outcome retire_file(const verify::FilePath& path) = 0;

    /// Appends one row. The same row again changes nothing.
    /// @errors malformed (members do not fit the action), conflict (the serial names another
    /// event).
    virtual Outcome append_event(const JournalEvent& event) = 0;

    /// Drops all events up to @p checkpoint but the newest of each project, a removal too, and the
    /// newest of no project; the checkpoint moves there.
    /// @return How many were dropped. A checkpoint below the present one drops nothing.
    /// @errors conflict (above the last serial). @cost Reads the journal once.
    virtual Result<std::uint64_t> condense_journal(verify::Serial checkpoint) = 0;

    /// Fills the journal where events were not to be had: each page whose serial lies in @p gap and
    /// has no event becomes `update-project` at @p time, and the checkpoint moves to the gap's end.
    /// @errors conflict (the gap ends above the last serial). @cost Reads the serials of all pages.
    virtual Outcome bridge_gap(const SerialRange& gap, Instant time) = 0;

    /// For a removal that no journal told: the project's newest event becomes its removal, under
    /// the same serial. A project without events gets one under the serial of its last page; one
    /// that had neither is no error.
    virtual Outcome journal_removal(const verify::ProjectName& project, Instant time) = 0;

    /// Puts or replaces one document; an empty one is removed.
    virtual Outcome put_evidence(EvidenceKind kind, ByteSpan document) = 0;

    /// Puts or replaces the pending entry of a project.
    virtual Outcome put_pending(const PendingProject& pending) = 0;
    virtual Outcome clear_pending(const verify::ProjectName& project) = 0;

    virtual Outcome put_upstream_state(const UpstreamState& state) = 0;

    /// Makes the events up to @p serial visible. @errors conflict (lower than the catalogue's last
    /// serial).
    virtual Outcome set_last_serial(verify::Serial serial) = 0;
    virtual Outcome set_last_modified(Instant instant) = 0;

    /// Takes back what an upstream told and no page bears out: events above @p serial go, the last
    /// serial and the checkpoint are no higher than it, and pending projects want no more than
    /// nothing where they wanted more. Pages and tombstones stay.
    virtual Outcome step_back(verify::Serial serial) = 0;

    /// Makes all of it durable at once. Nothing may be called after it.
    /// @errors io, conflict; then nothing of it remains.
    virtual Outcome commit() = 0;
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

    /// What shelve() kept; none when nothing is on the shelf.
    [[nodiscard]] virtual Result<std::optional<Bytes>> shelf(const verify::ProjectName& project
    ) const = 0;

    /// The content that a retired file name stands for; none when it was never retired.
    [[nodiscard]] virtual Result<std::optional<pki::Sha256>> retired(
        const verify::DistFileName& name
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
