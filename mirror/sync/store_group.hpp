// SPDX-License-Identifier: Apache-2.0
// Private: projects that become durable together. One sync of the disk and one transaction for
// hundreds of projects, and still the order of every one of them: blobs, then records, pages and
// signatures, then whatever names them.
#pragma once

#include <mirror/sync/filter_effect.hpp>
#include <mirror/sync/worker.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// @thread That of the catalogue. The caller holds the folder's lock.
class StoreGroup {
  public:
    /// Both must outlive the group.
    StoreGroup(Catalog& catalog, BlobStore& blobs) : m_catalog(catalog), m_blobs(blobs) {}

    /// Takes what a worker brought: its blobs in any case, its project when it is fresh.
    /// @errors io, denied.
    Outcome take(Delivery& delivery);

    /// The project goes, with pages and records.
    void remove(const verify::ProjectName& project);
    /// The same, when no journal told it: the local one does then.
    void remove_untold(const verify::ProjectName& project, Instant time);
    void park(PendingProject entry);
    /// Another filter has other files of a project that is here: these records go, and this is what
    /// is left out now.
    void refilter(FilterEffect effect);
    /// The project's page is unchanged under another entity tag.
    void retag(const verify::ProjectName& project, std::string tag);
    /// The project is parked no more.
    void settle(const verify::ProjectName& project);

    /// When the group should be made durable at the latest; none while it is empty.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> due_at() const;
    /// Whether it is large enough to be made durable now.
    [[nodiscard]] bool is_full() const;

    /// More to go into the same transaction.
    using More = std::function<Outcome(CatalogTransaction& transaction)>;

    /// Makes everything durable and visible; nothing is done when there is nothing to do.
    /// @errors io, conflict; then none of it is visible, and the group is empty again: what it held
    /// has to be had anew.
    Outcome commit(const More& more = {});

    /// Drops the blobs that lost their last record. Only while no worker works: one might just have
    /// found such a blob here.
    Outcome drop_replaced();

  private:
    [[nodiscard]] Outcome try_commit(const More& more);
    void clear();
    [[nodiscard]] Outcome name(CatalogTransaction& transaction, const FreshProject& fresh);
    [[nodiscard]] Outcome put(CatalogTransaction& transaction, const FreshProject& fresh);
    void begin_clock();

    Catalog& m_catalog;
    BlobStore& m_blobs;
    std::unique_ptr<BlobBatch> m_batch;
    std::vector<FreshProject> m_fresh;
    struct Untold {
        verify::ProjectName project;
        Instant time;
    };

    struct PageTag {
        verify::ProjectName project;
        std::string tag;
    };

    std::vector<PageTag> m_tags;
    std::vector<FilterEffect> m_refiltered;
    std::vector<verify::ProjectName> m_removed;
    std::vector<Untold> m_untold;  ///< Of the removed.
    std::vector<PendingProject> m_parked;
    std::vector<verify::ProjectName> m_settled;
    std::vector<FileRecord> m_replaced;  ///< By transactions that are committed.
    std::uint64_t m_bytes = 0;
    std::optional<std::chrono::steady_clock::time_point> m_begun;
};

}  // namespace heliograph::mirror
