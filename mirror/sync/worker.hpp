// SPDX-License-Identifier: Apache-2.0
// Private: one project from the upstream, judged, its blobs staged. Nothing is stored here: that is
// the group's, which makes many projects durable at once.
//
//   get both forms with signatures -> judge -> files, metadata texts -> Delivery
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/unnamed_blob.hpp>
#include <mirror/sync/page_set.hpp>
#include <mirror/sync/plan.hpp>
#include <mirror/sync/project_outcome.hpp>
#include <mirror/sync/upstream.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace heliograph::mirror {

/// A task with all that a worker needs of the catalogue, so that it never touches it.
struct PreparedTask {
    ProjectTask task;
    std::optional<LocalPages> local;
    std::vector<FileRecord> files;  ///< Of the local page, by name.
    /// Of the newest page that was ever here: no lower one is taken, also after a removal.
    std::optional<verify::Serial> floor;
    std::shared_ptr<const verify::SignerSet> signers;
    /// Of an upstream that signs nothing: as PageQuestion has them.
    std::string tag = {};
    std::optional<verify::Serial> next = std::nullopt;
    /// Which files are wanted; outlives the task. Null: all.
    const FileFilter* filter = nullptr;
    Instant now = {};

    /// About what it holds in memory.
    [[nodiscard]] std::uint64_t size_bytes() const;
};

/// A project as it is to stand in the catalogue.
struct FreshProject {
    PageSet pages;
    verify::ProjectPage page;
    std::vector<FileRecord> files;
    std::optional<std::string> tag = std::nullopt;  ///< Of an upstream that signs nothing.
    /// What the filter left out; none: what is known of that stays.
    std::optional<std::vector<LeftOutFile>> left_out = std::nullopt;
};

/// What a worker brings.
struct Delivery {
    ProjectTask task;
    ProjectOutcome outcome;
    std::optional<FreshProject> fresh;  ///< When stored.
    /// What was downloaded and found right, whatever became of the project; perhaps null.
    std::unique_ptr<BlobBatch> blobs;
    /// What is wrong here and not with the project: io, denied, conflict, crypto, internal,
    /// cancelled. It ends the run.
    std::optional<Error> fault;
    /// The page is unchanged under another entity tag, of an upstream that signs nothing.
    std::optional<std::string> tag = std::nullopt;
    std::optional<RetryWish> wish;  ///< How long the upstream wants to be left alone.
};

/// Whether an error is about this machine or this run, and so not to be held against a project.
/// @thread Safe. @cost None.
[[nodiscard]] bool stops_the_run(ErrorCode code);

/// @thread One thread.
class ProjectWorker {
  public:
    /// Both must outlive the worker.
    struct Parts {
        BlobStore& blobs;
        Upstream& upstream;
    };

    explicit ProjectWorker(const Parts& parts) : m_parts(parts) {}

    /// Gets one project. Nothing that a gate refuses is staged.
    [[nodiscard]] Delivery run(const PreparedTask& prepared);

  private:
    struct WantedBlob {
        const verify::PageFile& file;
        NamedBlob::Part part;
    };
    /// A document about a file, as its page names it.
    struct DocumentClaim {
        std::optional<pki::Sha256> digest;
        std::uint64_t limit_bytes;
    };

    [[nodiscard]] Outcome attempt(const PreparedTask& prepared, Delivery& delivery);
    struct JudgedAnswer {
        PageAnswer answer;
        verify::PageJudgement judgement;
    };
    /// @return None when the project's outcome stands already.
    [[nodiscard]] Result<std::optional<JudgedAnswer>> get_judged(
        const PreparedTask& prepared, Delivery& delivery
    );
    [[nodiscard]] bool is_settled(PageAnswer& answer, Delivery& delivery) const;
    [[nodiscard]] Result<PageAnswer> get_pages(const PreparedTask& prepared);
    [[nodiscard]] Outcome get_files(
        const PreparedTask& prepared, FreshProject& fresh, Delivery& delivery
    );
    [[nodiscard]] Outcome get_file(
        const verify::PageFile& file, FreshProject& fresh, Delivery& delivery
    );
    /// @return None when the page names no such document, or when it was refused.
    [[nodiscard]] Result<std::optional<MetadataRecord>> get_document(
        const WantedBlob& wanted, const DocumentClaim& claim, Delivery& delivery
    );
    /// @return The size of the blob; none when it was refused.
    [[nodiscard]] Result<std::optional<std::uint64_t>> get_blob(
        const WantedBlob& wanted, verify::FileExpectation expectation, Delivery& delivery
    );

    Parts m_parts;
};

}  // namespace heliograph::mirror
