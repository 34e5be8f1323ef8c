// SPDX-License-Identifier: Apache-2.0
// The writing half of the catalogue: one transaction is the only commit point of a publish or of
// one synchronised group; blobs are durable before a row names them.
#pragma once

#include <mirror/store/file_filter.hpp>
#include <mirror/store/follow_state.hpp>
#include <mirror/store/journal_event.hpp>
#include <mirror/store/record.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <verify/index/file_path.hpp>
#include <verify/index/page_form.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace heliograph::mirror {

/// Documents that prove the page signatures, as served.
enum class EvidenceKind {
    server_key,        ///< PEM SubjectPublicKeyInfo of the current signer; served by a master only.
    signer_chain,      ///< PEM certificates: signers, then intermediates.
    revocation_lists,  ///< PEM CRLs, concatenated.
    mirrors,           ///< The list of mirrors, JSON; a master only, and only if it has one.
    mirrors_signature,  ///< Over its bytes, by the signer of the pages.
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

    /// Puts or replaces one form of a page, without a second signature; the project comes into
    /// being with its first page, and has the status of the newest one.
    virtual Outcome put_page(
        const verify::ProjectName& project, verify::PageForm form, const StoredPage& page
    ) = 0;

    /// Replaces the signature of a page that is here; nothing else of it changes.
    /// @param signature  Over the bytes whose digest page_digest() gives. @errors not_found.
    virtual Outcome put_signature(
        const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
    ) = 0;

    /// Begins to keep a second signature of each page, made with another key: during a signer's
    /// rollover a page is signed by both. Begun for another key before, those are dropped.
    /// @param other_key  verify::key_id() of it.
    virtual Outcome begin_overlap(const pki::Sha256& other_key) = 0;

    /// Puts or replaces the second signature of a page that is here. @errors not_found.
    virtual Outcome put_other_signature(
        const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
    ) = 0;

    /// Makes the second signature of each page its first, and its first the second.
    /// A page without a second one keeps what it has.
    /// @param former_key  Whose signatures are second from here on. @cost One short row.
    virtual Outcome switch_signatures(const pki::Sha256& former_key) = 0;

    /// Drops all second signatures. @cost Rewrites all signatures after a switch.
    virtual Outcome end_overlap() = 0;

    /// How people write the name of a project that is here; the normalised one until then.
    virtual Outcome put_display_name(
        const verify::ProjectName& project, std::string_view display_name
    ) = 0;

    /// Remembers under which entity tag an upstream that signs nothing showed the page from which
    /// this project's was made; empty: none. A project that is not here is no error.
    virtual Outcome put_page_tag(const verify::ProjectName& project, std::string_view tag) = 0;

    /// Puts or replaces the record of one file. Its blobs must be durable already.
    virtual Outcome put_file(const FileRecord& file) = 0;

    /// @errors not_found.
    virtual Outcome remove_file(const verify::DistFileName& name) = 0;

    /// Replaces what is known of files of this project that a filter left out.
    virtual Outcome put_left_out(
        const verify::ProjectName& project, std::span<const LeftOutFile> files
    ) = 0;

    /// Removes pages, shelf and file records, left out files too; a tombstone, journal rows and a
    /// pending entry stay. A project that is not here is no error.
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

}  // namespace heliograph::mirror
