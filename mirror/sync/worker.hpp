// SPDX-License-Identifier: Apache-2.0
// Private: one project from the upstream into the folder.
//
//   get {page, signature} x {html, json} -> judge -> files, metadata texts (each durable) -> one
//   commit
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/unnamed_blob.hpp>
#include <mirror/sync/page_set.hpp>
#include <mirror/sync/plan.hpp>
#include <mirror/sync/project_outcome.hpp>
#include <mirror/sync/upstream.hpp>

namespace heliograph::mirror {

/// @thread One thread.
class ProjectWorker {
  public:
    /// All must outlive the worker.
    struct Parts {
        Catalog& catalog;
        BlobStore& blobs;
        Upstream& upstream;
        const verify::SignerSet& signers;
    };

    explicit ProjectWorker(const Parts& parts) : m_parts(parts) {}

    /// Brings one project up to date. Nothing that a gate refuses is stored.
    /// @return What became of it; a bad or absent upstream page is an outcome.
    /// @errors Only what is wrong here and not with the project: io, denied, conflict, crypto,
    /// internal, cancelled.
    [[nodiscard]] Result<ProjectOutcome> run(const ProjectTask& task);

    /// Takes a project away: pages, records, then blobs.
    Outcome remove(const verify::ProjectName& project);

  private:
    struct WantedBlob {
        const verify::PageFile& file;
        NamedBlob::Part part;
    };

    [[nodiscard]] Outcome attempt(const ProjectTask& task, ProjectOutcome& outcome);
    [[nodiscard]] Result<bool> is_here(
        const ProjectTask& task, const std::optional<LocalPages>& local
    );
    [[nodiscard]] Result<std::optional<PageSet>> get_pages(
        const ProjectTask& task, const std::optional<LocalPages>& local
    );
    [[nodiscard]] Outcome get_files(const verify::ProjectPage& page, ProjectOutcome& outcome);
    [[nodiscard]] Outcome get_blob(
        const WantedBlob& wanted, verify::FileExpectation expectation, ProjectOutcome& outcome
    );
    [[nodiscard]] Result<FileRecord> record_of(const verify::PageFile& file);
    [[nodiscard]] Outcome store(const PageSet& pages, const verify::ProjectPage& page);

    Parts m_parts;
};

}  // namespace heliograph::mirror
