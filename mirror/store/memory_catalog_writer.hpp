// SPDX-License-Identifier: Apache-2.0
// Private: the transaction of the catalogue in memory.
#pragma once

#include <mirror/store/memory_catalog_content.hpp>

#include <memory>
#include <string_view>

namespace heliograph::mirror {

/// @thread One thread.
class MemoryCatalog::Writer final : public CatalogTransaction {
  public:
    explicit Writer(std::shared_ptr<Shared> shared);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() override;

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
    std::shared_ptr<Shared> m_shared;
    Content m_content;
    bool m_open = true;
};

}  // namespace heliograph::mirror
