// SPDX-License-Identifier: Apache-2.0
// Private: the write side of the SQLite catalogue.
#pragma once

#include <mirror/store/catalog_row.hpp>

#include <memory>
#include <optional>

namespace heliograph::mirror {

/// @thread That of the catalogue, which must outlive it.
class SqliteCatalogTransaction final : public CatalogTransaction {
  public:
    [[nodiscard]] static Result<std::unique_ptr<CatalogTransaction>> begin(CatalogDatabase& database
    );

    SqliteCatalogTransaction(CatalogDatabase& database, Transaction transaction)
        : m_database(database), m_transaction(std::move(transaction)) {}

    Result<verify::Serial> take_serial() override;
    Outcome put_page(
        const verify::ProjectName& project, verify::PageForm form, const StoredPage& page
    ) override;
    Outcome put_signature(
        const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
    ) override;
    Outcome begin_overlap(const pki::Sha256& other_key) override;
    Outcome put_other_signature(
        const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
    ) override;
    Outcome switch_signatures(const pki::Sha256& former_key) override;
    Outcome end_overlap() override;
    Outcome put_display_name(const verify::ProjectName& project, std::string_view display_name)
        override;
    Outcome put_page_tag(const verify::ProjectName& project, std::string_view tag) override;
    Outcome put_file(const FileRecord& file) override;
    Outcome remove_file(const verify::DistFileName& name) override;
    Outcome put_left_out(const verify::ProjectName& project, std::span<const LeftOutFile> files)
        override;
    Outcome remove_project(const verify::ProjectName& project) override;
    Outcome shelve(const verify::ProjectName& project, ByteSpan body) override;
    Outcome unshelve(const verify::ProjectName& project) override;
    Outcome retire_file(const verify::FilePath& path) override;
    Outcome append_event(const JournalEvent& event) override;
    Result<std::uint64_t> condense_journal(verify::Serial checkpoint) override;
    Outcome bridge_gap(const SerialRange& gap, Instant time) override;
    Outcome journal_removal(const verify::ProjectName& project, Instant time) override;
    Outcome put_evidence(EvidenceKind kind, ByteSpan document) override;
    Outcome put_pending(const PendingProject& pending) override;
    Outcome clear_pending(const verify::ProjectName& project) override;
    Outcome put_upstream_state(const UpstreamState& state) override;
    Outcome set_last_serial(verify::Serial serial) override;
    Outcome set_last_modified(Instant instant) override;
    Outcome step_back(verify::Serial serial) override;
    Outcome commit() override;

  private:
    Result<verify::Serial> last_serial();
    struct PlaceOfSignature {
        const verify::ProjectName& project;
        verify::PageForm form;
        ByteSpan signature;
        bool in_other;
    };
    [[nodiscard]] Result<bool> signatures_switched();
    Outcome update_signature(const PlaceOfSignature& place);
    Outcome put_project(const verify::ProjectName& project, const StoredPage& page);

    CatalogDatabase& m_database;
    Transaction m_transaction;
    std::optional<bool> m_signatures_switched;
};

}  // namespace heliograph::mirror
