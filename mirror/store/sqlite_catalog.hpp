// SPDX-License-Identifier: Apache-2.0
// The catalogue in one SQLite file: write-ahead log, synchronous FULL, one connection for each
// object.
#pragma once

#include <mirror/store/catalog.hpp>
#include <pki/base/database/database.hpp>

#include <filesystem>
#include <memory>

namespace heliograph::mirror {

class CatalogDatabase;

/// @thread As Catalog: one thread at a time for each object.
class SqliteCatalog final : public Catalog {
  public:
    /// Opens or creates, and brings an older schema up to date.
    /// @errors not_found, denied, io, conflict, unsupported (of a newer release), malformed (no
    /// catalogue).
    [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(
        const std::filesystem::path& path, OpenMode mode
    );

    explicit SqliteCatalog(std::unique_ptr<CatalogDatabase> database);
    SqliteCatalog(const SqliteCatalog&) = delete;
    SqliteCatalog& operator=(const SqliteCatalog&) = delete;
    ~SqliteCatalog() override;

    [[nodiscard]] Result<StoredPage> page(const verify::ProjectName& project, verify::PageForm form)
        const override;
    [[nodiscard]] Result<std::optional<pki::Sha256>> other_key() const override;
    [[nodiscard]] Result<std::optional<Bytes>> other_signature(
        const verify::ProjectName& project, verify::PageForm form
    ) const override;
    [[nodiscard]] Result<std::uint64_t> count_without_other_signature() const override;
    [[nodiscard]] Result<std::string> display_name(const verify::ProjectName& project
    ) const override;
    [[nodiscard]] Result<std::string> page_tag(const verify::ProjectName& project) const override;
    [[nodiscard]] Result<std::vector<PageDigests>> page_digests(
        std::span<const verify::RootEntry> projects
    ) const override;
    [[nodiscard]] Result<pki::Sha256> page_digest(
        const verify::ProjectName& project, verify::PageForm form
    ) const override;
    [[nodiscard]] Result<FileRecord> file(const verify::FilePath& path) const override;
    [[nodiscard]] Result<FileRecord> file_named(const verify::DistFileName& name) const override;
    [[nodiscard]] Result<std::vector<FileRecord>> files(const verify::ProjectName& project
    ) const override;
    [[nodiscard]] Result<std::vector<FileRecord>> withheld_files(const verify::ProjectName& project
    ) const override;
    [[nodiscard]] Result<std::vector<LeftOutFile>> left_out_files(const verify::ProjectName& project
    ) const override;
    [[nodiscard]] Result<std::optional<LeftOutFile>> left_out(const verify::FilePath& path
    ) const override;
    [[nodiscard]] Result<std::optional<LeftOutFile>> left_out_named(const verify::DistFileName& name
    ) const override;
    [[nodiscard]] Result<std::vector<LeftOutCount>> left_out_counts() const override;
    [[nodiscard]] Result<std::vector<verify::ProjectName>> ripe_projects(Instant now
    ) const override;
    [[nodiscard]] Result<std::optional<Instant>> next_ripe() const override;
    [[nodiscard]] Result<std::optional<Bytes>> shelf(const verify::ProjectName& project
    ) const override;
    [[nodiscard]] Result<std::optional<pki::Sha256>> retired(const verify::DistFileName& name
    ) const override;
    [[nodiscard]] Result<std::vector<verify::FilePath>> retired_files(
        const verify::ProjectName& project
    ) const override;
    [[nodiscard]] Result<bool> names_blob(const pki::Sha256& digest) const override;
    [[nodiscard]] Result<std::vector<verify::RootEntry>> projects() const override;
    [[nodiscard]] Result<std::optional<verify::Serial>> newest_serial(
        const verify::ProjectName& project
    ) const override;
    [[nodiscard]] Result<verify::Serial> newest_serial() const override;
    [[nodiscard]] Result<std::vector<ProjectState>> projects_since(
        std::uint64_t revision, std::size_t most
    ) const override;
    [[nodiscard]] Result<Bytes> evidence(EvidenceKind kind) const override;
    [[nodiscard]] Result<std::vector<JournalEvent>> events(
        const SerialRange& range, std::size_t most
    ) const override;
    [[nodiscard]] Result<std::vector<JournalEvent>> newest_events(
        const verify::ProjectName& project, std::size_t most
    ) const override;
    [[nodiscard]] Result<verify::Serial> checkpoint_for(const HistoryBound& bound) const override;
    [[nodiscard]] Result<std::uint64_t> event_count() const override;
    [[nodiscard]] Result<std::vector<PendingProject>> pending() const override;
    [[nodiscard]] Result<PendingOverview> pending_overview(std::size_t most) const override;
    [[nodiscard]] Result<std::uint64_t> project_count() const override;
    [[nodiscard]] Result<UpstreamState> upstream_state() const override;
    [[nodiscard]] Result<CatalogState> state() const override;
    [[nodiscard]] Result<std::uint64_t> change_counter() const override;
    Outcome give_back_room() override;
    [[nodiscard]] Result<std::unique_ptr<CatalogTransaction>> begin() override;

  private:
    // Reads prepare and step statements, which no reader can see: hence a pointer to non-const.
    std::unique_ptr<CatalogDatabase> m_database;
};

}  // namespace heliograph::mirror
