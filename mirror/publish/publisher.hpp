// SPDX-License-Identifier: Apache-2.0
// The master's one way to change what it serves: files in, signed pages out, one commit for each
// call.
//
//   intake -> blobs durable --------------------------+-> commit {records, pages, signatures,
//         \-> serials -> pages rendered -> pages signed /           journal}
#pragma once

#include <mirror/publish/intake.hpp>
#include <mirror/publish/stated_facts.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/x509/credential.hpp>
#include <verify/verdict/verdict.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace heliograph::mirror {

/// What became of one file given to Publisher::add().
struct AddedFile {
    enum class Outcome {
        published,  ///< It is on its project's page now.
        same,       ///< The same content stood there already: nothing changed, but that core
                    ///< metadata which do not bind a build are offered no more.
    };

    FileRecord record;
    Outcome outcome = Outcome::published;
    verify::Serial serial;  ///< Of its event; of its project's page when it was there already.
};

/// What is known of a file beside the file, asked before it is published; an error passes it over.
/// None: it has the time of its import, and is yanked with its release. Called by the thread of the
/// import.
using FactsOf = std::function<Result<std::optional<StatedFacts>>(const FileRecord&)>;

/// How a bulk import is cut into commits.
struct BulkOptions {
    IntakeLimits limits = {};
    std::size_t batch_files = 2000;          ///< Most files of one commit; 1 or more.
    std::uint64_t batch_bytes = 1ULL << 30;  ///< A batch ends with the file that reaches it.
    Workers workers = {};                    ///< For reading, hashing and signing.
    std::stop_token stop = {};               ///< Looked at between batches.
    FactsOf facts = {};                      ///< Empty: nothing is known of any.
};

/// Told of every file of a bulk import once: after the commit that holds it, or with what is wrong
/// with it.
using BulkReport =
    std::function<void(const std::filesystem::path&, const Result<AddedFile>& outcome)>;

/// A version of a project.
struct ReleaseName {
    verify::ProjectName project;
    verify::Version version;
};

/// What is yanked: all files of a release, or one file.
using YankTarget = std::variant<ReleaseName, verify::DistFileName>;

/// What a change of something published came to.
struct Revision {
    enum class Effect {
        changed,
        same,  ///< It stood so already: no serial was taken.
    };
    Effect effect = Effect::changed;
    verify::Serial serial;  ///< Of its event; of the project's page when nothing changed.
};

/// What clients need to judge page signatures.
struct EvidenceDocuments {
    std::string signer_chain_pem;      ///< Signer certificates, then intermediates; no root.
    std::string revocation_lists_pem;  ///< May be empty: then none are served.
};

/// What became of a provenance object.
struct Attested {
    verify::Verdict verdict;
    std::optional<Revision> revision;  ///< None when the verdict is not accepted.
};

/// Publishes into one folder.
/// @thread One thread. The caller holds the folder's lock.
class Publisher {
  public:
    /// All must outlive the publisher.
    struct Parts {
        Catalog& catalog;
        BlobStore& blobs;
        const pki::Credential& signer;
        const Clock& clock;
        EventSink& events;
        /// The signer before this one, while its signatures are kept beside; null: none.
        const pki::Credential* beside = nullptr;
    };

    explicit Publisher(const Parts& parts) : m_parts(parts) {}

    /// Publishes files, all of them or none: every file is taken in first, then one transaction
    /// gives each its serial and each project one new page. Nothing is visible before the commit; a
    /// crash leaves at most blobs that no record names.
    /// @return One entry for each path, in the given order.
    /// @errors exists (the name is published, was published before its removal, or is given twice,
    /// with other content, in this spelling or another that is the same to installers), refused
    /// (the project is archived or quarantined), as take_in_file(), crypto, conflict, io. The trail
    /// names the file.
    [[nodiscard]] Result<std::vector<AddedFile>> add(
        const std::vector<std::filesystem::path>& files, const IntakeLimits& limits = {}
    );

    /// Publishes many files in batches, each of them one commit with one render of each page. A
    /// file that is refused is told and passed over. Run again after a crash, it completes.
    /// @param report  Called in the order of the file names, by the caller's thread.
    /// @errors cancelled (batches told before it stay), crypto, conflict, io: of this machine. What
    /// add() says of a file is told to @p report instead.
    /// @cost While one batch is rendered, signed and committed, the next is read and hashed.
    Outcome add_bulk(
        const std::vector<std::filesystem::path>& files,
        const BulkOptions& options,
        const BulkReport& report
    );

    /// Takes one file off its page; its blobs go when no other record names them. Its name never
    /// stands for other content again.
    /// @return The serial. @errors not_found, crypto, conflict, io.
    [[nodiscard]] Result<verify::Serial> remove_file(const verify::DistFileName& name);

    /// The same for all files of a version, as one event.
    [[nodiscard]] Result<verify::Serial> remove_release(const ReleaseName& release);

    /// Marks what resolvers shall pass over unless it is pinned; unyank() takes the mark away.
    /// @param reason  For people, perhaps empty; at most limits::yank_reason_bytes. None: a file
    /// that is yanked already keeps the reason that it has. A page says why it was yanked, the
    /// journal also why it is offered again.
    /// @errors not_found, invalid_argument (the reason), crypto, conflict, io.
    /// @source PEP 592.
    [[nodiscard]] Result<Revision> yank(
        const YankTarget& target, const std::optional<std::string>& reason
    );
    [[nodiscard]] Result<Revision> unyank(
        const YankTarget& target, const std::optional<std::string>& reason = std::nullopt
    );

    /// Gives a project another status. A quarantined one offers no file and leaves the list of
    /// projects until it has another status again; its files are kept.
    /// @param reason  For people, perhaps empty. None: that of the same status before is kept.
    /// @errors not_found, invalid_argument (the reason), crypto, conflict, io.
    /// @source PEP 792.
    [[nodiscard]] Result<Revision> set_status(
        const verify::ProjectName& project,
        verify::ProjectStatus status,
        const std::optional<std::string>& reason
    );

    /// The same with a reason that replaces the one before, be it empty.
    [[nodiscard]] Result<Revision> set_status(
        const verify::ProjectName& project, const verify::StatusMark& mark
    ) {
        return set_status(project, mark.status, mark.reason);
    }

    /// Attaches a provenance object to a file, or replaces it.
    /// @param document  JSON, served exactly as given.
    /// @return          The revision when the verdict of verify::check_provenance() is accepted.
    /// @errors not_found, malformed, too_large and unsupported (the object), crypto, conflict, io.
    /// @source PEP 740.
    [[nodiscard]] Result<Attested> attest(
        const verify::DistFileName& name, const std::string& document
    );

    /// Takes a whole project away: page, signatures, records and blobs. The journal keeps the fact,
    /// the catalogue a tombstone.
    /// @return The serial. @errors not_found, conflict, io.
    [[nodiscard]] Result<verify::Serial> remove_project(const verify::ProjectName& project);

    /// Puts the documents that clients need to judge signatures, with the public key of the signer
    /// whose signatures pages have first.
    /// Documents that are the same as before change nothing and take no serial.
    /// @return The catalogue's last serial. @errors invalid_argument (the chain does not hold the
    /// signer's certificate),
    ///         malformed, conflict, io.
    [[nodiscard]] Result<verify::Serial> publish_evidence(const EvidenceDocuments& documents);

    /// The same with a step of a signer's rollover, all in one commit.
    /// @param also  What else is written; the evidence is written even if it is as before.
    /// @param server_key  Whose key clients find at /serverkey from here on.
    using AlsoWritten = std::function<Outcome(CatalogTransaction&)>;
    [[nodiscard]] Result<verify::Serial> publish_evidence(
        const EvidenceDocuments& documents,
        const pki::PublicKey& server_key,
        const AlsoWritten& also
    );

  private:
    struct Removal;
    struct YankMark;
    // Whether a file that its page refuses stops the others.
    enum class Refusal { stops_all, is_passed_over };

    // What ends once the blobs of all that were taken are durable; with why they are not.
    using BlobsDurable = std::function<Outcome()>;

    struct Intake {
        const std::vector<Result<IntakeFile>>& taken;
        BlobsDurable durable = {};  // Empty: they are.
    };
    [[nodiscard]] Result<std::vector<Result<AddedFile>>> publish(
        const Intake& intake, Refusal refusal, const FactsOf& facts
    );
    using BatchReport = std::function<
        void(const std::filesystem::path&, const Result<IntakeFile>&, const Result<AddedFile>&)>;
    [[nodiscard]] Outcome add_batches(
        const std::vector<std::filesystem::path>& files,
        const BulkOptions& options,
        const BatchReport& report
    );
    [[nodiscard]] Outcome drop_unpublished(const std::vector<Result<IntakeFile>>& taken);

    [[nodiscard]] Outcome check_evidence(const EvidenceDocuments& documents) const;
    [[nodiscard]] Result<verify::Serial> take_off(const Removal& removal);
    [[nodiscard]] Result<Revision> mark_yanked(const YankTarget& target, const YankMark& mark);
    [[nodiscard]] Result<std::vector<FileRecord>> records_of(const verify::ProjectName& project
    ) const;

    Parts m_parts;
};

/// Once `next` is announced: the signer of these parts that goes on to sign beside it; null: none.
/// @errors not_found, malformed (the stored server key), io. @cost Two indexed reads.
[[nodiscard]] Result<const pki::Credential*> signer_to_keep(
    const Publisher::Parts& parts, const pki::Credential& next
);

}  // namespace heliograph::mirror
