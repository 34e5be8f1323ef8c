// SPDX-License-Identifier: Apache-2.0
// Private: what a bundle said, in reach: small documents in memory, pages in a spool, files in the
// blob store already.
#pragma once

#include <mirror/bundle/bundle_format.hpp>
#include <mirror/bundle/bundle_spool.hpp>
#include <mirror/journal/changelog.hpp>
#include <verify/index/project_page.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Both forms of a page with their signatures.
struct BundledPage {
    struct Form {
        SpoolSlice body;
        std::optional<Bytes> signature;
    };
    Form html;
    Form json;

    [[nodiscard]] const Form& form(verify::PageForm which) const {
        return which == verify::PageForm::html ? html : json;
    }
};

/// One page of the journal.
struct BundledChangelog {
    verify::Serial since;  ///< Where it begins.
    SpoolSlice body;
};

/// @thread Immutable once it is read; then safe to share.
struct BundleContents {
    explicit BundleContents(BundleSpool place) : spool(std::move(place)) {}

    BundleManifest manifest;
    std::optional<Bytes> chain_pem;
    std::optional<Bytes> revocation_pem;
    std::vector<BundledChangelog> journal;  ///< Ascending, without gaps.
    std::optional<SpoolSlice> root_list;
    std::map<verify::ProjectName, BundledPage> pages;
    std::set<verify::ProjectName> removed;  ///< Whose newest event in the journal is their removal.
    std::map<verify::ProjectName, std::string> refused;  ///< Pages that no gate let in, and why.
    BundleSpool spool;

    /// Whether the bundle says that there is no such project.
    [[nodiscard]] bool is_gone(const verify::ProjectName& project) const;

    /// The journal after @p since, as a server would give it; none below the beginning.
    /// @errors io, malformed.
    [[nodiscard]] Result<std::optional<Changelog>> changes_since(verify::Serial since) const;
};

}  // namespace heliograph::mirror
