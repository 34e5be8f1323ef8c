// SPDX-License-Identifier: Apache-2.0
// Private: takes back what a page promises of source archives and their builds do not keep. Pages
// that were published before the rule offer the core metadata of every file.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <verify/index/project_page.hpp>

#include <set>

namespace heliograph::mirror {

/// Of one transaction.
/// @thread One.
class MetadataReview {
  public:
    enum class Effect { none, taken_back };

    /// What the review reads and writes; all must outlive it.
    struct Parts {
        const Catalog& catalog;
        const BlobStore& blobs;
        CatalogTransaction& transaction;
    };

    explicit MetadataReview(const Parts& parts) : m_parts(parts) {}

    /// Looks at each page once. Page and records lose the metadata of source archives that does not
    /// bind their builds; its blob stays, unnamed, its header is kept for people. What cannot be
    /// read as it was stored is left for `mirror verify` to tell.
    /// @errors not_found (a file of the page has no record), io.
    /// @cost Reads the metadata of the page's source archives that offer any.
    [[nodiscard]] Result<Effect> look_at(verify::ProjectPage& page);

    /// The same of one file of the page, whatever is stored as its metadata.
    [[nodiscard]] Result<Effect> take_back(verify::PageFile& file);

  private:
    [[nodiscard]] std::optional<Bytes> promised_text(const verify::PageFile& file) const;
    [[nodiscard]] Result<bool> is_promised_in_vain(const verify::PageFile& file) const;

    Parts m_parts;
    std::set<verify::ProjectName> m_seen;
};

}  // namespace heliograph::mirror
